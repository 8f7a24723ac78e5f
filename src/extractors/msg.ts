// Outlook's .msg (MS-OXMSG): a compound file with a stream for every property
// of a message, and a storage for every attachment; embedded messages are
// storages within those. Called by ole.ts, for every compound file.

import type { Budget } from "../budget.ts";
import { u32le } from "./archive-bytes.ts";
import type { Entry } from "./extractor.ts";
import {
  addValue,
  mapiId,
  type MapiValue,
  mapiType,
  wantedIds,
} from "./mapi.ts";
import { bodies } from "./mapi-body.ts";
import { attachmentNames, integer, texts } from "./mapi-text.ts";
import type { OleEntry } from "./ole-directory.ts";
import type { CompoundFile } from "./ole-file.ts";

// 2.4.1: streams `__substg1.0_PPPPTTTT`, id and type in hex.
const propertyStream = /^__substg1\.0_([0-9a-f]{4})([0-9a-f]{4})/i;
const attachmentStorage = /^__attach_version1\.0_#([0-9a-f]{1,8})/i;
const embeddedStorage = /^__substg1\.0_3701000d/i;

interface PropertyStorage {
  readonly path: readonly string[];
  readonly properties: Map<number, MapiValue[]>;
}

/** Nothing where the file isn't a message. Streams dealt with are added to `taken`. */
export function* messageEntries(
  file: CompoundFile,
  taken: Set<OleEntry>,
  budget: Budget,
): Generator<Entry> {
  const storages = propertyStorages(file, taken, budget);
  // Of 8-bit strings, in the whole file.
  const codepage =
    integer(
      storages.get("")?.properties ?? new Map(),
      mapiId.messageCodepage,
    ) ?? 1252;
  for (const storage of storages.values()) {
    const { path, properties } = storage;
    const last = path.at(-1) ?? "";
    if (attachmentStorage.test(last))
      yield* attachmentEntries(storage, codepage);
    else if (path.length === 0 || embeddedStorage.test(last))
      yield* bodies(properties, placeOf(path), codepage, budget);
    // Recipients and named properties are storages too: nothing to open.
  }
}

function* attachmentEntries(
  { path, properties }: PropertyStorage,
  codepage: number,
): Generator<Entry> {
  const [filename = null, ...otherFilenames] = attachmentNames(
    properties,
    codepage,
    [],
  );
  for (const { bytes } of properties.get(mapiId.attachData) ?? [])
    yield {
      kind: "read",
      place: placeOf(path).slice(0, -1),
      filename,
      otherFilenames,
      declaredType:
        texts(properties, mapiId.attachMimeTag, codepage)[0]?.toLowerCase() ??
        null,
      content: bytes,
    };
}

/** `attachment-1/` for the first attachment's storage and for the message in it. */
function placeOf(path: readonly string[]): string {
  let place = "";
  for (const name of path) {
    const match = attachmentStorage.exec(name);
    if (match !== null)
      place += `attachment-${Number.parseInt(match[1] ?? "0", 16) + 1}/`;
    else if (!embeddedStorage.test(name)) place += `${name}/`;
  }
  return place;
}

/** Storages that hold property streams, with the properties worth having. */
function propertyStorages(
  file: CompoundFile,
  taken: Set<OleEntry>,
  budget: Budget,
): Map<string, PropertyStorage> {
  const storages = new Map<string, PropertyStorage>();
  for (const stream of file.entries) {
    if (!stream.isStream) continue;
    const match = propertyStream.exec(stream.name);
    const isTable = stream.name.toLowerCase() === "__properties_version1.0";
    if (match === null && !isTable) continue;
    taken.add(stream);
    const id = Number.parseInt(match?.[1] ?? "0", 16);
    if (!isTable && !wantedIds.has(id)) continue;
    const path = stream.path.slice(0, -1);
    const key = path.join("/");
    let storage = storages.get(key);
    if (storage === undefined)
      storages.set(key, (storage = { path, properties: new Map() }));
    const bytes = file.read(stream, budget);
    if (isTable) addFixed(storage.properties, bytes, path.length === 0);
    else
      addValue(storage.properties, id, {
        type: Number.parseInt(match?.[2] ?? "0", 16),
        bytes,
      });
  }
  return storages;
}

// Property stream (2.4): a header of 32 bytes at the root, 24 in an embedded
// message, 8 elsewhere (counts and ids of recipients, all ignored); then 16
// bytes each: type (2), id (2), flags (4, ignored), value (8). Only integers
// are of use. Eight also fits embedded messages: one entry more, of the header.
function addFixed(
  properties: Map<number, MapiValue[]>,
  bytes: Uint8Array,
  isRoot: boolean,
): void {
  for (let at = isRoot ? 32 : 8; at + 16 <= bytes.length; at += 16) {
    const tag = u32le(bytes, at);
    if ((tag & 0xffff) !== mapiType.integer) continue;
    if (wantedIds.has(tag >>> 16))
      addValue(properties, tag >>> 16, {
        type: mapiType.integer,
        bytes: bytes.subarray(at + 8, at + 16),
      });
  }
}

// Ignored: recipients, named properties, properties that mapi.ts doesn't list,
// flags and counts of the property streams. OLE objects attached as a storage
// (method 6) are left to ole.ts, which lists their streams.
