/** Explains an error of GitHub's API: the token may not write, the request may have succeeded all the same, or what to do. */
import { BenchError, worldError } from '../../model/errors.ts';

interface ApiError extends Error {
  readonly status: number;
  readonly response?: { readonly headers: Readonly<Record<string, string | number | undefined>> };
}

const isApiError = (error: unknown): error is ApiError =>
  error instanceof Error && 'status' in error && typeof error.status === 'number';

/** GitHub answers 403 to a rate limit too. */
function isRateLimit(error: ApiError): boolean {
  const headers = error.response?.headers ?? {};
  return (
    error.status === 429 ||
    (error.status === 403 &&
      (headers['retry-after'] !== undefined ||
        String(headers['x-ratelimit-remaining']) === '0' ||
        /rate limit/i.test(error.message)))
  );
}

/** Why the token may not write; undefined if another problem caused the error. */
export function refusal(error: unknown): string | undefined {
  return isApiError(error) && error.status === 403 && !isRateLimit(error) ? error.message : undefined;
}

/** Whether GitHub says that a token has no user: it belongs to an app or a job, or may not ask. */
export const isNobodys = (error: unknown): boolean =>
  isApiError(error) && (error.status === 401 || error.status === 403) && !isRateLimit(error);

/** 5xx and broken connections (which octokit calls 500): GitHub may have carried out the request. */
export const isOpen = (error: unknown): boolean => isApiError(error) && error.status >= 500;

export function explain(error: unknown): unknown {
  if (error instanceof BenchError || !isApiError(error)) return error;
  const message = `GitHub answered ${error.status}: ${error.message}`;
  if (isRateLimit(error)) return worldError(message, 'The rate limit is exhausted; run this again later.', error);
  if (error.status === 401) return worldError(message, 'GITHUB_TOKEN is wrong or has expired.', error);
  if (error.status === 404) {
    const hint = 'Check the repository and pull request (--repo, --pr), and that the token may read them.';
    return worldError(message, hint, error);
  }
  if (error.status >= 500) {
    return worldError(`GitHub could not be reached: ${error.message}`, 'Run this again later.', error);
  }
  return worldError(message, undefined, error);
}
