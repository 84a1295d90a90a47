/** Short messages that say what just happened and offer the way back. Errors stay until they are read. */
import { asApiError } from '$lib/api/client';
import { explainProblem } from '$lib/i18n/explain';
import { t } from '$lib/i18n/index.svelte';

export interface Toast {
	id: number;
	tone: 'plain' | 'good' | 'bad';
	text: string;
	note?: string;
	action?: { label: string; run: () => void };
}

class Toasts {
	list = $state.raw<Toast[]>([]);
	#next = 1;
	#timers = new Map<number, ReturnType<typeof setTimeout>>();

	show(text: string, options: Partial<Omit<Toast, 'id' | 'text'>> = {}): number {
		const toast: Toast = { id: this.#next++, tone: 'plain', text, ...options };
		this.list = [...this.list, toast].slice(-4);
		this.resume(toast);
		return toast.id;
	}
	undo(text: string, run: () => Promise<unknown> | void): void {
		this.show(text, {
			action: {
				label: t().common.undo,
				run: () => void Promise.resolve(run()).catch((cause: unknown) => this.failed(cause))
			}
		});
	}
	failed(cause: unknown): void {
		if (cause instanceof DOMException && cause.name === 'AbortError') return;
		const { problem } = asApiError(cause);
		const note = problem.request_id ? t().common.quote({ id: problem.request_id }) : undefined;
		this.show(explainProblem(problem), { tone: 'bad', note });
	}
	dismiss(id: number): void {
		clearTimeout(this.#timers.get(id));
		this.#timers.delete(id);
		this.list = this.list.filter((toast) => toast.id !== id);
	}
	/** Reading must not be raced: the pointer or the focus on a toast stops its clock. */
	pause(id: number): void {
		clearTimeout(this.#timers.get(id));
	}
	resume(toast: Toast): void {
		if (toast.tone === 'bad') return;
		clearTimeout(this.#timers.get(toast.id));
		const stay = toast.action ? 10_000 : 5_000;
		this.#timers.set(toast.id, setTimeout(() => this.dismiss(toast.id), stay));
	}
}
export const toasts = new Toasts();
