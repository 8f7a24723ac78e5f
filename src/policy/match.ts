// Whether a rule of rules/*.toml holds for a message. Called by decide.ts, once
// a rule and policy; the condition on the recipient is decide.ts's own.
//
// All that a rule's `match` gives must hold. The conditions of `part` must all
// hold of one and the same part, each in any reading of its names and types:
// what one mail reader takes for the name is what the attacker meant.

import type { HeaderField, Mail, Message, Part } from "../mail.ts";
import type { Finding } from "../verdict.ts";
import { senderMatches } from "./choose.ts";
import { globList, globMatches } from "./glob.ts";
import { regexMatches } from "../regex.ts";
import type { PartMatch, Rule, RuleMatch } from "./rule.ts";

/** A message made ready for many rules. */
export class RuleSubject {
  readonly #mail: Mail;
  readonly #message: Message;
  /** What does not depend on findings, by rule: several policies may ask. */
  readonly #known = new Map<Rule, boolean>();
  readonly #names = new Map<Part, readonly string[]>();

  constructor(mail: Mail, message: Message) {
    this.#mail = mail;
    this.#message = message;
  }

  /** True where all of the rule's conditions hold but that on the recipient. */
  matches(rule: Rule, findings: readonly Finding[]): boolean {
    const { finding } = rule.match;
    if (
      finding !== undefined &&
      !findings.some(
        ({ kind, name }) =>
          (finding.kind === undefined || finding.kind === kind) &&
          (finding.name === undefined || globMatches(finding.name, name)),
      )
    )
      return false;
    let holds = this.#known.get(rule);
    if (holds === undefined) {
      holds = this.#holds(rule.match);
      this.#known.set(rule, holds);
    }
    return holds;
  }

  #holds(match: RuleMatch): boolean {
    const { part, header } = match;
    const { client, sender } = match;
    return (
      senderMatches(
        {
          ...(client === undefined ? {} : { client }),
          ...(sender === undefined ? {} : { sender }),
        },
        this.#mail,
      ) &&
      (header === undefined ||
        this.#message.header.some((field) => headerMatches(field, header))) &&
      (part === undefined ||
        this.#message.parts.some((candidate) =>
          this.#partMatches(candidate, part),
        ))
    );
  }

  #partMatches(part: Part, match: PartMatch): boolean {
    if (match.minBytes !== undefined && part.size < match.minBytes)
      return false;
    if (match.maxBytes !== undefined && part.size > match.maxBytes)
      return false;
    if (
      match.insideArchive !== undefined &&
      match.insideArchive !== isInsideArchive(part)
    )
      return false;
    if (match.declaredType !== undefined) {
      const matches = globList(match.declaredType);
      if (
        !(part.declaredType !== null && matches(part.declaredType)) &&
        !part.otherTypes.some(matches)
      )
        return false;
    }
    if (
      match.detectedType !== undefined &&
      !globList(match.detectedType)(part.detectedType)
    )
      return false;
    if (
      match.filename !== undefined &&
      !this.#namesOf(part).some(globList(match.filename))
    )
      return false;
    const { regex } = match;
    return (
      regex === undefined ||
      this.#namesOf(part).some((name) => regexMatches(regex, true, name))
    );
  }

  #namesOf(part: Part): readonly string[] {
    let names = this.#names.get(part);
    if (names === undefined) {
      const all = new Set<string>();
      for (const name of [part.filename, ...part.otherFilenames]) {
        if (name === null) continue;
        all.add(name);
        all.add(withoutHiddenEnd(name));
      }
      names = [...all];
      this.#names.set(part, names);
    }
    return names;
  }
}

/** A MIME section's place is numbers and dots; whatever was inside something else has a slash. */
function isInsideArchive(part: Part): boolean {
  return part.place.includes("/");
}

/** Windows drops dots and blanks at the end of a name: `a.exe. .` is run as `a.exe`. */
function withoutHiddenEnd(name: string): string {
  let end = name.length;
  while (end > 0 && " .\t\u00A0".includes(name.charAt(end - 1))) end -= 1;
  return name.slice(0, end);
}

function headerMatches(
  field: HeaderField,
  match: { readonly name: string; readonly regex: string },
): boolean {
  if (field.name.toLowerCase() !== match.name.toLowerCase()) return false;
  // RFC 5322 2.2.3: unfolding takes the line end and leaves the blank after it.
  const unfolded = field.value.replace(/\r?\n/g, "");
  // The expression is UTF-8; RFC 6532 3.1 has header fields so.
  const text = Buffer.from(unfolded, "latin1").toString("utf8").trim();
  return regexMatches(match.regex, false, text);
}
