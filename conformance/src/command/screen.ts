import type { WriteStream } from 'node:tty';

/** Where the command writes: a terminal, or something that is none. */
export type Output = Pick<NodeJS.WritableStream, 'write'> & Partial<Pick<WriteStream, 'isTTY' | 'columns'>>;

type Colour = 'red' | 'green' | 'yellow' | 'dim' | 'bold';

const CODES: Readonly<Record<Colour, readonly [begin: number, end: number]>> = {
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  dim: [2, 22],
  bold: [1, 22],
};

/** Lines, and on a terminal a last one that says what is under way. Colours there only, and not with NO_COLOR. */
export class Screen {
  readonly #output: Output;
  readonly #colours: boolean;
  #status = false;

  constructor(output: Output, env: NodeJS.ProcessEnv) {
    this.#output = output;
    this.#colours = output.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
  }

  line(text = ''): void {
    this.#clear();
    this.#output.write(`${text}\n`);
  }

  /** What is under way. Nothing where the output is no terminal. */
  status(text: string): void {
    if (this.#output.isTTY !== true) return;
    // Some terminals say 0.
    const columns = this.#output.columns || 80;
    this.#clear();
    this.#output.write(this.paint('dim', text.slice(0, columns - 1)));
    this.#status = true;
  }

  paint(colour: Colour, text: string): string {
    const [begin, end] = CODES[colour];
    return this.#colours ? `\u001b[${begin}m${text}\u001b[${end}m` : text;
  }

  #clear(): void {
    if (this.#status) this.#output.write('\r\u001b[K');
    this.#status = false;
  }
}
