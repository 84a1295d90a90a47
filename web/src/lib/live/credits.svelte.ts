/** The balance everyone sees: fetched once, then told by the server whenever it changes. */
import { api, ok } from '$lib/api/client';
import type { Credits } from '$lib/api/types';
import { stream } from './stream.svelte';

class CreditBalance {
	now = $state.raw<Credits | null>(null);

	start(): () => void {
		void this.refresh();
		const stops = [
			stream.on('credits.changed', (credits) => (this.now = credits)),
			stream.onStale(() => void this.refresh())
		];
		return () => {
			for (const stop of stops) stop();
		};
	}
	async refresh(): Promise<void> {
		try {
			this.now = await ok(api.GET('/api/v1/credits'));
		} catch {
			// The pill keeps the last known balance; the offline banner says why.
		}
	}
}
export const credits = new CreditBalance();
