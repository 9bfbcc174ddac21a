/** A refusal by the server (problem+json), or the lack of any answer (status 0). */
export class ApiError extends Error {
  readonly status: number;
  /** Stable short name, e.g. `invalid-field`; `offline` when nothing answered. */
  readonly type: string;
  readonly detail: string;
  readonly field: string | undefined;
  readonly retryAfterS: number | undefined;

  constructor(problem: { status: number; type: string; detail: string; field?: string | undefined; retryAfterS?: number | undefined }) {
    super(`${problem.type}: ${problem.detail}`);
    this.name = 'ApiError';
    this.status = problem.status;
    this.type = problem.type;
    this.detail = problem.detail;
    this.field = problem.field;
    this.retryAfterS = problem.retryAfterS;
  }

  /** Nobody was there, or had time: the same may be taken later. */
  get mayCome(): boolean {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Types may be bare names or addresses of a page about them; the last part is the name. */
export function problemName(type: string): string {
  return type.split(/[/#:]/).findLast((part) => part !== '') ?? '';
}

/** From any body: a proxy between us may answer with HTML, which must neither be shown nor break us. */
export function toApiError(status: number, body: unknown, retryAfter?: string | null): ApiError {
  const problem = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  const seconds = retryAfter ? Number.parseInt(retryAfter, 10) : Number.NaN;
  return new ApiError({
    status,
    type: problemName(text(problem.type)) || `http-${String(status)}`,
    detail: text(problem.detail) || text(problem.title),
    field: text(problem.field) || undefined,
    retryAfterS: Number.isFinite(seconds) ? seconds : undefined,
  });
}

export function offlineError(cause: unknown): ApiError {
  const error = new ApiError({ status: 0, type: 'offline', detail: '' });
  error.cause = cause;
  return error;
}
