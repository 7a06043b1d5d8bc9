import type { Failure } from '@cache/core';

/** Stands for the reply of a command that has failed on its way, and says how. */
export class RouteFailure extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}
