/** The price of what is on screen, asked again as controls change. Only the answer to the last question counts. */
import type { Quote } from '$lib/api/types';

/** Short enough that the bar follows within 150 ms, long enough that a dragged slider asks once. */
export const settleMs = 60;

export class LiveQuote<Input> {
	quote = $state.raw<Quote | null>(null);
	/** The quote shown belongs to earlier settings. */
	stale = $state(false);
	failure = $state.raw<unknown>(null);

	#fetch: (input: Input, signal: AbortSignal) => Promise<Quote>;
	#timer: ReturnType<typeof setTimeout> | undefined;
	#abort: AbortController | null = null;
	#last: Input | undefined;

	constructor(fetch: (input: Input, signal: AbortSignal) => Promise<Quote>) {
		this.#fetch = fetch;
	}
	ask(input: Input): void {
		this.#last = input;
		this.stale = true;
		clearTimeout(this.#timer);
		this.#abort?.abort();
		this.#timer = setTimeout(() => void this.#run(input), this.quote ? settleMs : 0);
	}
	/** The same question again: the clips or the balance changed. */
	again(): void {
		if (this.#last !== undefined) this.ask(this.#last);
	}
	stop(): void {
		clearTimeout(this.#timer);
		this.#abort?.abort();
	}
	async #run(input: Input): Promise<void> {
		const abort = new AbortController();
		this.#abort = abort;
		try {
			const quote = await this.#fetch(input, abort.signal);
			if (abort.signal.aborted) return;
			this.quote = quote;
			this.failure = null;
			this.stale = false;
		} catch (cause) {
			if (abort.signal.aborted) return;
			this.failure = cause;
			this.stale = false;
		}
	}
}

/** The most of these that the credits at hand pay for. */
export function affordable(quote: Pick<Quote, 'credits_each'>, available: number): number {
	return quote.credits_each > 0 ? Math.max(0, Math.floor(available / quote.credits_each)) : Infinity;
}
