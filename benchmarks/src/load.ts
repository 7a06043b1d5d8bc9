/** How calls are made. */
export interface Load {
  readonly name: string;
  /** Makes so many calls and resolves when all were answered. */
  run(calls: number, call: (index: number) => Promise<void>): Promise<void>;
}

/** A closed loop: each caller waits for its answer before it calls again. */
function inFlight(callers: number): Load {
  return {
    name: `${callers} in flight`,
    async run(calls, call) {
      let next = 0;
      const loop = async (): Promise<void> => {
        while (next < calls) {
          const index = next;
          next += 1;
          await call(index);
        }
      };
      await Promise.all(Array.from({ length: Math.min(callers, calls) }, loop));
    },
  };
}

/** So many calls in one turn of the event loop; the next so many when all of them were answered. */
function inOneTurn(size: number): Load {
  return {
    name: `${size} in one turn`,
    async run(calls, call) {
      for (let from = 0; from < calls; from += size) {
        const length = Math.min(size, calls - from);
        await Promise.all(Array.from({ length }, (_, index) => call(from + index)));
      }
    },
  };
}

export const LOADS: readonly Load[] = [inFlight(1), inFlight(64), inFlight(512), inOneTurn(100)];
