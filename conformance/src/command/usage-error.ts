/** What is wrong with the arguments or the harness, not with an adapter. Its message ends with the remedy. */
export class UsageError extends Error {
  override get name(): string {
    return 'UsageError';
  }
}
