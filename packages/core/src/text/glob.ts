type Token = 'star' | ((char: string) => boolean);

const ANY = (): boolean => true;

/**
 * A matcher for a glob: `*` any run, `?` any one character, `[abc]` `[a-z]` `[^a]` one of or none of, `\` takes the
 * next literally. It reads a glob as Redis does, malformed ones too, but by characters and not by bytes. Linear in the
 * text for each star, so that no glob can be made to run for ever.
 */
export function globMatcher(glob: string): (text: string) => boolean {
  const tokens = parse([...glob]);
  return (text) => matches(tokens, [...text]);
}

/** The glob that matches this text and no other. */
export function literalGlob(text: string): string {
  return text.replace(/[*?[\]\\^-]/g, '\\$&');
}

function parse(chars: readonly string[]): Token[] {
  const tokens: Token[] = [];
  for (let i = 0; i < chars.length; i += 1) {
    const char = chars[i];
    if (char === '*') tokens.push('star');
    else if (char === '?') tokens.push(ANY);
    else if (char === '[') {
      const { end, accepts } = classAt(chars, i + 1);
      tokens.push(accepts);
      i = end;
    } else {
      const literal = char === '\\' && i + 1 < chars.length ? chars[++i] : char;
      tokens.push((other) => other === literal);
    }
  }
  return tokens;
}

/** The class whose first character is at `start`, and where its bracket closes; one without ends with the glob. */
function classAt(
  chars: readonly string[],
  start: number,
): { readonly end: number; readonly accepts: Exclude<Token, 'star'> } {
  const negated = chars[start] === '^';
  const ranges: (readonly [from: string, to: string])[] = [];
  let i = negated ? start + 1 : start;
  for (; i < chars.length && chars[i] !== ']'; i += 1) {
    const isEscaped = chars[i] === '\\' && i + 1 < chars.length;
    if (isEscaped) i += 1;
    const from = chars[i] as string;
    // As in Redis: what is escaped begins no range, and any character ends one, a bracket too.
    const to = !isEscaped && chars[i + 1] === '-' ? chars[i + 2] : undefined;
    ranges.push(to === undefined ? [from, from] : from <= to ? [from, to] : [to, from]);
    if (to !== undefined) i += 2;
  }
  return { end: i, accepts: (char) => ranges.some(([from, to]) => from <= char && char <= to) !== negated };
}

/** Two pointers, and back to the last star on a mismatch. */
function matches(tokens: readonly Token[], text: readonly string[]): boolean {
  let at = 0;
  let token = 0;
  let starToken = -1;
  let starAt = 0;
  while (at < text.length) {
    const current = tokens[token];
    if (current === 'star') {
      starToken = token;
      starAt = at;
      token += 1;
    } else if (current?.(text[at] as string)) {
      at += 1;
      token += 1;
    } else if (starToken >= 0) {
      token = starToken + 1;
      starAt += 1;
      at = starAt;
    } else return false;
  }
  while (tokens[token] === 'star') token += 1;
  return token === tokens.length;
}
