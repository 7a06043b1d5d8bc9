/**
 * A glob as a regular expression: `*` `?` `[…]` and the backslash. Everything else means itself.
 * @param {string} glob
 */
export function globExpression(glob) {
  const source = glob.replace(
    /\\(.)|(\*)|(\?)|(\[[^\]]+\])|[\\^$.+()|{}[\]]/gsu,
    (all, quoted, star, one, set) => {
      if (star) return '.*';
      if (one) return '.';
      if (set) return set;
      return `\\${quoted ?? all}`;
    },
  );
  return new RegExp(`^${source}$`, 'su');
}
