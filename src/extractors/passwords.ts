// Passwords that a message's text names, the likeliest first: what a person who
// reads "Password: 1234" would try. Called by password-trials.ts with the texts
// of message-text.ts. Pure; linear, since every look around a word is bounded.
//
// A sender may write decoys, so many that the right one isn't reached. Then the
// archive stays closed and its finding stays `encrypted`.

/** Of one password, in UTF-16 units. Longer ones are not typed by hand. */
const maxPasswordChars = 64;
/** What is looked at after a word for "password". */
const windowChars = 160;
/** Words for "password" that are looked behind, in one text. */
const maxAnnouncements = 200;

/** Words that announce one, in the languages that mail with archives is written in. */
const announcing = new RegExp(
  [
    `(?<![\\p{L}\\p{N}])(?:${[
      "pass(?:[ -]?(?:word|wort|code|phrase|wd|key))?s?",
      "pwd?s?|pswd?|psw|pin(?:[ -]?code)?|(?:access|zugangs)?[ -]?code|unlock key",
      "kennwort|losung", // German
      "mot de passe|mdp|code d['’]acc[eè]s", // French
      "contrase(?:ñ|n|&ntilde;)a|clave", // Spanish
      "senha|palavra[ -]passe", // Portuguese
      "parola(?: d['’]ordine)?|parol[aă]|chiave", // Italian, Romanian, Turkish
      "has[łl]o|has[łl]a", // Polish
      "heslo|jelsz[oó]|lozinka|zaporka|geslo", // Czech, Hungarian, South Slavic
      "wachtwoord|l[öo]senord|passord|kodeord|adgangskode|salasana",
      "[şs]ifre(?:si)?",
      "пароль?|пароля|паролем|лозинка|парола",
      "κωδικ[όο]ς|συνθηματικό",
      "סיסמה|סיסמא|كلمة (?:المرور|السر)",
    ].join("|")})(?!\\p{L})`,
    "密码|密碼|口令|パスワード|暗証番号|비밀번호|암호|รหัสผ่าน|mật khẩu",
  ].join("|"),
  "giu",
);

/** Between the announcing word and the password: `:`, `=`, "is" and its like. */
const marker =
  /^[^\n:=：]{0,60}?(?:[:=：]|[-–—>](?=\s)|(?<!\p{L})(?:is|was|ist|lautet|heißt|est|es|é|è|jest|это|är|er|är|on|je)(?!\p{L}))/iu;

/** Directly after it, words that are none. */
const fillers =
  /^(?:\s+(?:for|the|of|to|is|in|and|or|your|our|protected|required|below|above|as|with|this|that|files?|archive|zip|für|die|der|das|zur|zum|ist|pour|la|les?|du|est|para|el|il|per|do|da)(?!\p{L})){1,6}/iu;
const enclosed = /^\s{0,3}["'“„«»‘‚`「([<]/u;
/** "Is" in languages that write it without a blank. */
const particle = /^(?:[は是为為은는]|이|가)/u;
const eastAsian = /[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/;

const quotes = new Map([
  ['"', '"”“'],
  ["“", "”“"],
  ["”", "”"],
  ["„", "“”"],
  ["«", "»"],
  ["»", "«"],
  ["‘", "’"],
  ["'", "'"],
  ["`", "`'"],
  ["‚", "‘’"],
  ["「", "」"],
]);
const quoted = /(?<!\p{L})["“”„«»‘'`「]([^"“”„«»’'`」\n]{3,64})["“”«»’'`」]/gu;

const opening = /^[\s"'“”„«»‘‚`「([{<*_~]+/u;
const closing = /[\s"'“”»«’`」)\]}>*_~.,;:]+$/u;
/** What could belong to it, or to the sentence. */
const sentenceEnd = /[!?]+$/;

const link = /:\/\/|^www\.|^mailto:|^[^@\s]+@[^@\s]+\.[a-z]{2,}$/i;

/** At most `most` passwords that the texts, in this order, seem to name. */
export function namedPasswords(
  texts: readonly string[],
  most: number,
): readonly string[] {
  const ranks = new Ranks(most);
  for (const text of texts) {
    const clean = text.replace(/\p{Cf}/gu, "").replace(/\r\n?/g, "\n");
    addAnnounced(clean, ranks);
    for (const [, inner = ""] of clean.matchAll(quoted)) ranks.add(2, inner);
    addTokens(clean, ranks);
  }
  return ranks.inOrder();
}

/** A word for "password" stands in it. */
export function announcesPassword(text: string): boolean {
  return text.search(announcing) >= 0;
}

/** Passwords by how likely they are: 0 first. */
class Ranks {
  readonly #most: number;
  readonly #ranks: readonly Set<string>[] = Array.from(
    { length: 7 },
    () => new Set<string>(),
  );

  constructor(most: number) {
    this.#most = most;
  }

  add(rank: number, password: string): void {
    const set = this.#ranks[rank];
    if (
      set !== undefined &&
      set.size < this.#most &&
      password.length > 0 &&
      password.length <= maxPasswordChars &&
      !/\p{C}/u.test(password)
    )
      set.add(password);
  }

  inOrder(): string[] {
    return [...new Set(this.#ranks.flatMap((set) => [...set]))].slice(
      0,
      this.#most,
    );
  }
}

function addAnnounced(text: string, ranks: Ranks): void {
  let count = 0;
  for (const match of text.matchAll(announcing)) {
    if (++count > maxAnnouncements) return;
    const start = match.index + match[0].length;
    const window = text.slice(start, start + windowChars).replace(particle, "");
    const marked = marker.exec(window);
    const isEnclosed = enclosed.test(window);
    if (isEnclosed) addValue(window, 0, ranks);
    if (marked !== null)
      addValue(window.slice(marked[0].length), isEnclosed ? 1 : 0, ranks);
    // "password-protected" names none.
    if (!/^-\p{L}/u.test(window))
      addValue(window.replace(fillers, ""), 1, ranks);
  }
}

/** The password that a text begins with, in the forms in which it may be meant. */
function addValue(window: string, rank: number, ranks: Ranks): void {
  const text = window.replace(/^[\s:=：]+/u, "");
  const ends = quotes.get(text.charAt(0));
  if (ends !== undefined) {
    let end = 1;
    while (end < text.length && !ends.includes(text.charAt(end))) end += 1;
    if (end < text.length) ranks.add(rank, text.slice(1, end));
  }
  const token = /^\S+/u.exec(text)?.[0] ?? "";
  const bare = withoutPunctuation(token);
  // Without a blank before the sentence goes on.
  if (eastAsian.test(bare)) ranks.add(rank, /^[!-~]{2,}/.exec(bare)?.[0] ?? "");
  ranks.add(rank, bare);
  ranks.add(3, bare.replace(sentenceEnd, ""));
  ranks.add(3, token);
  // "Password: open sesame"
  const [line = ""] = text.split("\n", 1);
  if (line.includes(" ")) ranks.add(3, withoutPunctuation(line));
}

/** Tokens alone on their line, and others that look like passwords. */
function addTokens(text: string, ranks: Ranks): void {
  for (const line of text.split("\n")) {
    const tokens = line.split(/\s+/u).filter((token) => token !== "");
    for (const token of tokens) {
      // Base64 and the like are no passwords, and long.
      if (token.length > 2 * maxPasswordChars || link.test(token)) continue;
      const bare = withoutPunctuation(token);
      if (bare.length < 3) continue;
      if (tokens.length === 1 && !token.endsWith(",")) ranks.add(4, bare);
      if (/\p{L}/u.test(bare) && /[\p{N}$%&#@*^+§]/u.test(bare))
        ranks.add(5, bare);
      else if (/^\d{3,10}$/.test(bare) || /\p{Ll}\p{Lu}/u.test(bare))
        ranks.add(6, bare);
    }
  }
}

function withoutPunctuation(token: string): string {
  // Bounded, since `closing` looks from every place to the end.
  const short = token.slice(0, 2 * maxPasswordChars).replace(opening, "");
  return short.replace(closing, "");
}

// Ignored: words of prose, passwords in pictures, those made of the message's
// other facts ("the year of our foundation"), and what comes in another message.
