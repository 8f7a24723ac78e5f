// A scanner for commands that ask or teach scanners: it does what a test says
// and keeps what it was taught.

import * as v from "valibot";

import type { Config } from "../../src/config.ts";
import type {
  Address,
  ConfiguredScanner,
  Health,
  LearnAs,
  OpenScanner,
  Scanner,
  ScannerSettings,
} from "../../src/scanners/scanner.ts";
import { commonDefaults } from "../../src/scanners/scanner.ts";
import { fakeConfig } from "./fake-process.ts";

export interface FakeScanner {
  readonly name: string;
  readonly settings?: Partial<ScannerSettings>;
  readonly ping?: (
    addresses: readonly Address[],
    signal: AbortSignal,
  ) => Promise<Health>;
  readonly learn?: OpenScanner["learn"];
  readonly report?: OpenScanner["report"];
  /** It asks a network: has an option `report`. */
  readonly hasNetwork?: boolean;
  readonly onClose?: () => void;
}

export function fakeScanner(fake: FakeScanner): Scanner {
  const { name, learn, report, onClose } = fake;
  return {
    name,
    judges: "spam",
    defaults: { ...commonDefaults, enabled: true, ...fake.settings },
    options: fake.hasNetwork ? { report: v.boolean() } : {},
    open: ({ addresses }) => ({
      name,
      scan: () => Promise.reject(new Error("this test should not scan")),
      ping: (signal) =>
        fake.ping?.(addresses, signal) ??
        Promise.resolve({ version: `${name} 1.0`, databaseAt: null }),
      ...(learn === undefined ? {} : { learn }),
      ...(report === undefined ? {} : { report }),
      close: () => {
        onClose?.();
        return Promise.resolve();
      },
    }),
  };
}

export function configWith(
  fakes: readonly FakeScanner[],
  changes: Partial<Config> = {},
): Config {
  const scannerList = fakes.map(fakeScanner);
  const scanners: Record<string, ConfiguredScanner> = Object.fromEntries(
    scannerList.map(({ name, judges, defaults }) => [
      name,
      { ...defaults, judges },
    ]),
  );
  return fakeConfig({ scanners, scannerList, ...changes });
}

export interface Lesson {
  readonly by: string;
  readonly as: LearnAs;
  readonly text: string;
}

/** A `learn` or `report` that writes down what it is given. */
export function remember(
  lessons: Lesson[],
  by: string,
): (message: Uint8Array, as: LearnAs) => Promise<void> {
  return (message, as) => {
    lessons.push({ by, as, text: Buffer.from(message).toString("latin1") });
    return Promise.resolve();
  };
}
