/** What of a stream is needed. `process.stdout` fits. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface Progress {
  update(fraction: number): void;
  /** Ends the line. The note replaces the percentage. */
  done(note?: string): void;
}

type Environment = {
  readonly [name: string]: string | undefined;
  readonly TERM?: string;
  readonly NO_COLOR?: string;
};

/**
 * Prints for people: on a terminal one line that keeps changing while something is under way and some colour, elsewhere
 * plain lines. `NO_COLOR` and `TERM=dumb` are respected.
 */
export class Screen {
  readonly #output: Output;
  readonly #live: boolean;
  readonly #colour: boolean;

  constructor(output: Output, environment: Environment) {
    this.#output = output;
    this.#live = output.isTTY === true && environment.TERM !== 'dumb';
    this.#colour = this.#live && (environment.NO_COLOR ?? '') === '';
  }

  line(text = ''): void {
    this.#output.write(`${text}\n`);
  }

  bold(text: string): string {
    return this.#paint(1, text);
  }

  dim(text: string): string {
    return this.#paint(2, text);
  }

  green(text: string): string {
    return this.#paint(32, text);
  }

  /** Without a terminal it says how far it is every 20 %. */
  progress(label: string): Progress {
    const start = performance.now();
    let shown = 0;
    let width = 0;
    const rewrite = (text: string): void => {
      // Spaces, not an escape code, wipe what was longer before.
      const fitting = text.slice(0, Math.max(20, (this.#output.columns || 80) - 1));
      this.#output.write(`\r${fitting.padEnd(width)}`);
      width = fitting.length;
    };
    if (this.#live) rewrite(`  ${label} …`);
    return {
      update: (fraction) => {
        const percent = Math.floor(fraction * 100 + 1e-9);
        if (percent <= shown) return;
        if (this.#live) {
          rewrite(`  ${label} … ${percent} %`);
          shown = percent;
        } else if (percent < 100 && percent >= shown + 20) {
          shown = percent - (percent % 20);
          this.line(`  ${label} … ${shown} %`);
        }
      },
      done: (note = '') => {
        const seconds = ((performance.now() - start) / 1_000).toFixed(1);
        const text = `  ${label}${note === '' ? '' : `: ${note}`} (${seconds} s)`;
        if (this.#live) rewrite(text);
        else this.#output.write(text);
        this.line();
      },
    };
  }

  #paint(code: number, text: string): string {
    return this.#colour ? `\u001b[${code}m${text}\u001b[0m` : text;
  }
}
