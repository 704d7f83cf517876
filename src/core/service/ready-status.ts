/** Whether an instance that answers its `ready:` probe with this status is ready. A redirection counts: somebody serves there. */
export const isReadyStatus = (status: number): boolean => status >= 200 && status < 400;
