/** From a problem to a sentence: by its stable code first, by the server's own words when the code is new to us. */
import { ApiError, asApiError } from '$lib/api/client';
import type { Fault, Problem } from '$lib/api/types';
import { t } from './index.svelte';

export type Explanation = string | ((problem: Problem) => string);
type Explanations = () => Record<string, Explanation>;

const extra: Explanations[] = [];
/** Apps bring the sentences for their own codes. */
export function explainAlso(explanations: Explanations): void {
	if (!extra.includes(explanations)) extra.push(explanations);
}

function lookup(code: string): Explanation | undefined {
	for (const explanations of [t().errors as Record<string, Explanation>, ...extra.map((e) => e())]) {
		if (Object.hasOwn(explanations, code)) return explanations[code];
	}
	return undefined;
}

export function explainProblem(problem: Problem): string {
	const known = lookup(problem.code);
	if (known) return typeof known === 'function' ? known(problem) : known;
	return problem.detail ?? problem.title ?? t().errors['ui.unexpected'];
}

export function explain(cause: unknown): string {
	return explainProblem(asApiError(cause).problem);
}

/** Why one output or one run failed. */
export function explainFault(fault: Fault): string {
	return explainProblem({ status: 0, code: fault.code, detail: fault.message });
}

/** The sentence for one form field, when the problem names it. */
export function explainField(cause: unknown, field: string): string | undefined {
	if (!(cause instanceof ApiError)) return undefined;
	const problem = cause.field(field);
	if (!problem) return undefined;
	const known = lookup(problem.code);
	return typeof known === 'string' ? known : problem.message;
}
