/** A glob as a regular expression: `*` `?` `[…]` and the backslash. */
export function globExpression(glob: string): RegExp {
  let source = '';
  for (let i = 0; i < glob.length; i += 1) {
    const char = glob[i] as string;
    const close = char === '[' ? glob.indexOf(']', i + 1) : -1;
    if (char === '*') source += '.*';
    else if (char === '?') source += '.';
    else if (close > 0) {
      source += glob.slice(i, close + 1);
      i = close;
    } else {
      const literal = char === '\\' && i + 1 < glob.length ? (glob[++i] as string) : char;
      source += literal.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
    }
  }
  return new RegExp(`^${source}$`, 'su');
}
