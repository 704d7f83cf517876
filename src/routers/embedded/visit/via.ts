/** What the router adds to `Via` (RFC 9110, 7.6.3): the protocol it got the message by, and its name. */
export const VIA = '1.1 teal';
