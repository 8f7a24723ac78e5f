// What the door was given besides the message's bytes.

import type { Envelope } from "../mail.ts";

export interface Received {
  readonly id: string;
  /** Milliseconds since the epoch, when fd 0 reached its end. */
  readonly receivedAt: number;
  readonly envelope: Envelope;
  readonly env: NodeJS.ProcessEnv;
}
