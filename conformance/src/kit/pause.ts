/** Real time passes, ms: for what happens on a server, or in another process. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
