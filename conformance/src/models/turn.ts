/** How many turns of the event loop nothing must have happened for a run to be quiet: core defers by one at most. */
const QUIET_TURNS = 3;

export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Lets everything run that runs by itself. @param pulse changes whenever something happens */
export function quiet(pulse: () => number): Promise<void> {
  // One promise, and not one a turn: most of what a scheduled run takes is to wait here.
  return new Promise((resolve) => {
    let before = pulse();
    let calm = 0;
    const look = (): void => {
      const now = pulse();
      calm = now === before ? calm + 1 : 0;
      before = now;
      if (calm === QUIET_TURNS) resolve();
      else setImmediate(look);
    };
    setImmediate(look);
  });
}
