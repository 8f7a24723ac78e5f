// The blocks of the configuration's schema that know mail policy. Those that
// don't are in schema.ts.

import { oneOf, stringThat } from "./schema.ts";
import { folders, type Folder } from "./decision.ts";
import { isNetwork } from "./policy/networks.ts";
import type { Treatment } from "./policy/policy.ts";

export const treatment = oneOf([
  "queue",
  "tag",
  "quarantine",
  "reject",
  "defer",
] as const satisfies readonly Treatment[]);

/** `undelivered` is for deliveries that failed; nothing else goes there. */
export const folder = oneOf(
  folders.filter(
    (name): name is Exclude<Folder, "undelivered"> => name !== "undelivered",
  ),
);

/** See policy/address-list.ts for the forms. */
export const addressPattern = stringThat(
  "an address, domain, @domain, user@ or <> without blanks",
  (text) =>
    text === "" ||
    text === "<>" ||
    (!/[\s\0]/.test(text) && text !== "@" && !/[*<>]/.test(text)),
);

export const network = stringThat(
  "an IPv4 or IPv6 network such as 192.0.2.0/24",
  isNetwork,
);

/** An empty list asks nothing, as if the key were not there. */
export function unlessEmpty<Item>(
  items: readonly Item[] | undefined,
): readonly Item[] | undefined {
  return items === undefined || items.length === 0 ? undefined : items;
}

/** For types whose keys are absent or given, never undefined. */
export function withoutUndefined<Table extends object>(
  values: Table,
): { [Key in keyof Table]?: Exclude<Table[Key], undefined> } {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined),
  ) as { [Key in keyof Table]?: Exclude<Table[Key], undefined> };
}
