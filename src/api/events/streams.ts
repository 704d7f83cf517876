/** Answers that go on: a body that is fed by an async sequence, and ends with its reader. */

/** NDJSON of the values; an error in the middle becomes the last line, `{"error": ...}`. */
export function ndjson(
  values: (signal: AbortSignal) => AsyncIterable<unknown>,
  errorOf: (error: unknown) => object,
  signal: AbortSignal,
): Response {
  async function* text(inner: AbortSignal) {
    try {
      for await (const value of values(inner)) yield `${JSON.stringify(value)}\n`;
    } catch (error) {
      if (!inner.aborted) yield `${JSON.stringify({ error: errorOf(error) })}\n`;
    }
  }
  return stream('application/x-ndjson', text, signal);
}

/** A response whose body is `text`, with back-pressure. The sequence is told by its signal when nobody reads any more. */
export function stream(
  type: string,
  text: (signal: AbortSignal) => AsyncIterable<string>,
  signal: AbortSignal,
): Response {
  const gone = new AbortController();
  const inner = AbortSignal.any([signal, gone.signal]);
  const encoder = new TextEncoder();
  const source = text(inner)[Symbol.asyncIterator]();
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await source.next();
        if (done) controller.close();
        else controller.enqueue(encoder.encode(value));
      },
      cancel() {
        gone.abort();
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, {
    headers: { 'content-type': type, 'cache-control': 'no-store', 'x-accel-buffering': 'no' },
  });
}

/** A sequence that others push into; it ends when `end` is called, or with the error that `fail` is given. */
export interface Channel<T> extends AsyncIterable<T> {
  push(value: T): void;
  end(): void;
  fail(error: unknown): void;
}

export function channel<T>(): Channel<T> {
  const waiting: T[] = [];
  let over: { readonly error: unknown } | 'ended' | null = null;
  let wake = () => {};
  return {
    push(value) {
      waiting.push(value);
      wake();
    },
    end() {
      over ??= 'ended';
      wake();
    },
    fail(error) {
      over ??= { error };
      wake();
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        while (waiting.length > 0) yield waiting.shift() as T;
        if (over === 'ended') return;
        if (over !== null) throw over.error;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}
