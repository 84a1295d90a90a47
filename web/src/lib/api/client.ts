/** The one way this UI talks to the server: typed calls, problems turned into `ApiError`, offline told apart. */
import createClient from 'openapi-fetch';
import type { paths } from './schema';
import type { FieldProblem, Problem } from './types';

/** Everything that can go wrong with a call, in the shape the screens explain it. */
export class ApiError extends Error {
	readonly problem: Problem;

	constructor(problem: Problem) {
		super(problem.detail ?? problem.title ?? problem.code);
		this.name = 'ApiError';
		this.problem = problem;
	}
	get code(): string {
		return this.problem.code;
	}
	get status(): number {
		return this.problem.status;
	}
	get requestId(): string | undefined {
		return this.problem.request_id;
	}
	field(name: string): FieldProblem | undefined {
		return this.problem.errors?.find((e) => e.field === name);
	}
}

export const api = createClient<paths>({
	credentials: 'same-origin',
	// Looked up at call time, so that tests and the page may replace it.
	fetch: (request: Request) => globalThis.fetch(request)
});

interface Result {
	data?: unknown;
	error?: unknown;
	response: Response;
}

/** Turns whatever a failed response carried into a problem with a code the UI can translate. */
export function problemFrom(body: unknown, response: Response): Problem {
	const requestId = response.headers.get('x-request-id') ?? undefined;
	if (body && typeof body === 'object' && typeof (body as Problem).code === 'string') {
		return { request_id: requestId, ...(body as Problem), status: response.status };
	}
	const code = response.status >= 500 ? 'server.unavailable' : `http.${response.status}`;
	return { status: response.status, code, request_id: requestId };
}

let onUnauthorised: () => void = () => {};
/** The shell says what a lost session means; the client only notices it. */
export function whenUnauthorised(handler: () => void): void {
	onUnauthorised = handler;
}

/** Waits for a call and returns its data, or throws an `ApiError`. */
export async function ok<R extends Result>(call: Promise<R>): Promise<NonNullable<R['data']>> {
	let result: R;
	try {
		result = await call;
	} catch (cause) {
		if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
		throw new ApiError({ status: 0, code: 'network.offline' });
	}
	if (!result.response.ok) {
		const error = new ApiError(problemFrom(result.error, result.response));
		if (error.status === 401 && error.code !== 'auth.wrong_credentials') onUnauthorised();
		throw error;
	}
	return result.data as NonNullable<R['data']>;
}

/** Any thrown thing as an `ApiError`, so that screens have one kind of failure to show. */
export function asApiError(cause: unknown): ApiError {
	if (cause instanceof ApiError) return cause;
	return new ApiError({ status: 0, code: 'ui.unexpected', detail: String(cause) });
}
