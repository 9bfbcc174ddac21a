import { setupServer } from 'msw/node';

/** No handler by default: a test says what the server answers, and anything else fails it. */
export const server = setupServer();
