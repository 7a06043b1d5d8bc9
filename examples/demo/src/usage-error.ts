/** What the user can put right. One line that says what is wrong and what to do; ends the program with code 2. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError';
}
