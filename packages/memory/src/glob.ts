type Token = { readonly star: true } | { readonly star: false; readonly accepts: (char: string) => boolean };

/**
 * A matcher for a glob: `*` any run, `?` any one character, `[abc]` `[a-z]` `[^a]` one of or none of, `\` takes the
 * next literally. Linear in the text for each star, so that no pattern can be made to run for ever.
 */
export function globMatcher(glob: string): (text: string) => boolean {
  const tokens = parse([...glob]);
  return (text) => matches(tokens, [...text]);
}

function parse(chars: readonly string[]): Token[] {
  const tokens: Token[] = [];
  for (let i = 0; i < chars.length; i += 1) {
    const char = chars[i];
    if (char === '*') tokens.push({ star: true });
    else if (char === '?') tokens.push({ star: false, accepts: () => true });
    else if (char === '[') {
      const end = classEnd(chars, i);
      tokens.push({ star: false, accepts: classOf(chars.slice(i + 1, end)) });
      i = end;
    } else {
      const literal = char === '\\' && i + 1 < chars.length ? chars[++i] : char;
      tokens.push({ star: false, accepts: (other) => other === literal });
    }
  }
  return tokens;
}

function classEnd(chars: readonly string[], start: number): number {
  for (let i = start + 1; i < chars.length; i += 1) {
    if (chars[i] === '\\') i += 1;
    else if (chars[i] === ']') return i;
  }
  return chars.length;
}

function classOf(chars: readonly string[]): (char: string) => boolean {
  const negated = chars[0] === '^';
  const ranges: [string, string][] = [];
  for (let i = negated ? 1 : 0; i < chars.length; i += 1) {
    if (chars[i] === '\\' && i + 1 < chars.length) i += 1;
    const from = chars[i] as string;
    if (chars[i + 1] === '-' && i + 2 < chars.length) {
      const to = chars[i + 2] as string;
      ranges.push(from <= to ? [from, to] : [to, from]);
      i += 2;
    } else ranges.push([from, from]);
  }
  return (char) => ranges.some(([from, to]) => from <= char && char <= to) !== negated;
}

/** Two pointers, and back to the last star on a mismatch. */
function matches(tokens: readonly Token[], text: readonly string[]): boolean {
  let at = 0;
  let token = 0;
  let starToken = -1;
  let starAt = 0;
  while (at < text.length) {
    const current = tokens[token];
    if (current !== undefined && !current.star && current.accepts(text[at] as string)) {
      at += 1;
      token += 1;
    } else if (current?.star) {
      starToken = token;
      starAt = at;
      token += 1;
    } else if (starToken >= 0) {
      token = starToken + 1;
      starAt += 1;
      at = starAt;
    } else return false;
  }
  while (tokens[token]?.star) token += 1;
  return token === tokens.length;
}
