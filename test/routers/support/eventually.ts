/** Resolves with the first value that is not null, false or undefined; rejects with `what` after `within` ms. */
export async function eventually<T>(
  what: string,
  read: () => Promise<T> | T,
  within = 30_000,
): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = Date.now() + within;
  for (;;) {
    const value = await read();
    if (value !== null && value !== undefined && value !== false) {
      return value as NonNullable<Exclude<T, false>>;
    }
    if (Date.now() > deadline) throw new Error(`not within ${within} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
