// Character references of HTML, as many as can stand in a URI or hide one
// (HTML 13.2.5.72). For html.ts. Linear.

const named: ReadonlyMap<string, string> = new Map([
  ["amp", "&"],
  ["quot", '"'],
  ["apos", "'"],
  ["lt", "<"],
  ["gt", ">"],
  ["colon", ":"],
  ["semi", ";"],
  ["comma", ","],
  ["period", "."],
  ["sol", "/"],
  ["plus", "+"],
  ["equals", "="],
  ["num", "#"],
  ["percnt", "%"],
  ["lpar", "("],
  ["rpar", ")"],
  ["Tab", "\t"],
  ["NewLine", "\n"],
]);

const reference = /&(?:#[xX]([0-9a-fA-F]{1,8})|#(\d{1,8})|([A-Za-z]{2,8}));?/g;

/** Unknown names stay as they are. */
export function decodeEntities(text: string): string {
  return text.replace(
    reference,
    (
      whole,
      hex: string | undefined,
      decimal: string | undefined,
      name: string | undefined,
    ) => {
      if (name !== undefined) return named.get(name) ?? whole;
      const code = Number.parseInt(
        hex ?? decimal ?? "",
        hex === undefined ? 10 : 16,
      );
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
}
