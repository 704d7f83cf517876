/** What the client of a service hears whose instances are as busy as they may be. */
export const CROWDED = { status: 503, message: 'The service is busy.', retryAfter: 1 } as const;

/** What the client hears of a router that is itself too busy. */
export const OVERLOADED = { status: 503, message: 'Too many requests at once.', retryAfter: 1 } as const;
