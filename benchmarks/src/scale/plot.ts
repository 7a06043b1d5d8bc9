/** A line of a plot, or, with `dots`, what was measured of one. */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly dots?: readonly (readonly [x: number, y: number])[];
}

export interface Plot {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  /** A y that means something, and what. */
  readonly mark?: readonly [number, string];
  readonly series: readonly Series[];
}

const WIDTH = 760;
const [LEFT, TOP, RIGHT, BOTTOM] = [76, 48, 740, 392];
const COLUMNS = 3;
/** Okabe and Ito's colours, which the colour-blind can tell apart, as they are readable on white and on black. */
const COLORS: readonly (readonly [light: string, dark: string])[] = [
  ['#6b7280', '#9ca3af'],
  ['#b8860b', '#e6b422'],
  ['#0072b2', '#56b4e9'],
  ['#d55e00', '#ff8c42'],
  ['#009e73', '#2bd4a4'],
  ['#a0457f', '#e08cc0'],
];
const DASHES = ['', '2 3', '', '7 3', '', '9 3 2 3'];

/** An SVG with two logarithmic axes, for light and dark pages. */
export function svgOf({ title, x, y, mark, series }: Plot): string {
  const all = series
    .flatMap(({ points, dots = [] }) => [...points, ...dots])
    .filter(([, value]) => value > 0);
  const [xs, ys] = [
    axis(all.map(([value]) => value)),
    axis([...all.map(([, value]) => value), mark?.[0] ?? 1]),
  ];
  const xOf = (value: number): number => LEFT + share(value, xs) * (RIGHT - LEFT);
  const yOf = (value: number): number => BOTTOM - share(value, ys) * (BOTTOM - TOP);
  const at = ([px, py]: readonly [number, number]): string => `${xOf(px).toFixed(1)},${yOf(py).toFixed(1)}`;
  const shown = series.filter(({ points }) => points.some(([, value]) => value > 0));
  const rows = Math.ceil(shown.length / COLUMNS);
  const height = BOTTOM + 62 + 22 * rows;
  const lines = shown.flatMap((one, place) => {
    const { name, points, dots = [] } = one;
    // The same of a setup in every plot.
    const index = series.indexOf(one);
    const seen = points.filter(([, value]) => value > 0);
    const [left, top] = [LEFT + (place % COLUMNS) * 226, BOTTOM + 68 + 22 * Math.floor(place / COLUMNS)];
    const dash = `stroke-dasharray="${DASHES[index] ?? ''}"`;
    return [
      `<polyline class="s${index}" ${dash} points="${seen.map(at).join(' ')}"/>`,
      ...dots.map((dot) => `<circle class="s${index}" cx="${at(dot).replace(',', '" cy="')}" r="4"/>`),
      `<path class="s${index}" ${dash} d="M${left} ${top - 4}h26"/><text x="${left + 33}" y="${top}">${name}</text>`,
    ];
  });
  const grid = [
    ...decades(xs).map((value) => `<path d="M${xOf(value)} ${TOP}V${BOTTOM}"/>`),
    ...decades(ys).map((value) => `<path d="M${LEFT} ${yOf(value)}H${RIGHT}"/>`),
  ];
  const ticks = [
    ...decades(xs).map(
      (value) => `<text x="${xOf(value)}" y="${BOTTOM + 20}" class="m">${tick(value)}</text>`,
    ),
    ...decades(ys).map(
      (value) => `<text x="${LEFT - 8}" y="${yOf(value) + 4}" class="e">${tick(value)}</text>`,
    ),
  ];
  const bound =
    mark === undefined
      ? []
      : [
          `<path class="mark" d="M${LEFT} ${yOf(mark[0])}H${RIGHT}"/>`,
          `<text x="${LEFT + 6}" y="${yOf(mark[0]) - 6}" class="mark">${mark[1]}</text>`,
        ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${title}">`,
    `<style>${styleOf(0)}@media (prefers-color-scheme: dark){${styleOf(1)}}</style>`,
    `<rect class="page" width="${WIDTH}" height="${height}"/>`,
    `<text x="${LEFT}" y="26" class="title">${title}</text>`,
    `<g class="grid">${grid.join('')}</g>`,
    ...ticks,
    ...bound,
    ...lines,
    `<text x="${(LEFT + RIGHT) / 2}" y="${BOTTOM + 42}" class="m">${x}</text>`,
    `<text transform="translate(20 ${(TOP + BOTTOM) / 2}) rotate(-90)" class="m">${y}</text>`,
    '</svg>\n',
  ].join('\n');
}

function styleOf(scheme: 0 | 1): string {
  const [page, ink, faint, alarm] = [
    ['#ffffff', '#1f2328', '#d8dee4', '#b42318'],
    ['#0d1117', '#e6edf3', '#30363d', '#ff7b72'],
  ][scheme] as [string, string, string, string];
  const series = COLORS.map(
    (pair, index) => `.s${index}{stroke:${pair[scheme]}}circle.s${index}{fill:${page}}`,
  );
  return (
    `text{font:13px system-ui,sans-serif;fill:${ink}}.title{font-weight:600;font-size:15px}` +
    `.m{text-anchor:middle}.e{text-anchor:end}.page{fill:${page}}.grid path{stroke:${faint}}` +
    `polyline,path{fill:none;stroke-width:2}.grid path{stroke-width:1}circle{stroke-width:1.5}` +
    `path.mark{stroke:${alarm};stroke-width:1}text.mark{fill:${alarm}}${series.join('')}`
  );
}

/** From and to which power of ten. */
function axis(values: readonly number[]): readonly [number, number] {
  const logs = values.map((value) => Math.log10(value));
  return [Math.floor(Math.min(...logs) + 1e-9), Math.ceil(Math.max(...logs) - 1e-9)];
}

function share(value: number, [from, to]: readonly [number, number]): number {
  return (Math.log10(value) - from) / (to - from);
}

function decades([from, to]: readonly [number, number]): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => 10 ** (from + index));
}

function tick(value: number): string {
  if (value >= 1e9) return `${value / 1e9} G`;
  if (value >= 1e6) return `${value / 1e6} M`;
  if (value >= 1e4) return `${value / 1e3} k`;
  return String(Number(value.toPrecision(1)));
}
