/** Choosing among many the way file lists do it: click, shift for a range, Ctrl-A for all, Escape for none. */
import { SvelteSet } from 'svelte/reactivity';

export class Selection {
	readonly ids = new SvelteSet<string>();
	#anchor: string | null = null;

	get size(): number {
		return this.ids.size;
	}
	has(id: string): boolean {
		return this.ids.has(id);
	}
	toggle(id: string): void {
		if (!this.ids.delete(id)) this.ids.add(id);
		this.#anchor = id;
	}
	/** Everything between the last one touched and this one, in the order on screen. */
	range(id: string, order: string[]): void {
		const from = this.#anchor ? order.indexOf(this.#anchor) : -1;
		const to = order.indexOf(id);
		if (from < 0 || to < 0) return this.toggle(id);
		for (const one of order.slice(Math.min(from, to), Math.max(from, to) + 1)) this.ids.add(one);
	}
	all(order: string[]): void {
		for (const id of order) this.ids.add(id);
	}
	clear(): void {
		this.ids.clear();
		this.#anchor = null;
	}
	/** Forgets what is no longer on screen. */
	keep(order: string[]): void {
		const known = new Set(order);
		for (const id of [...this.ids]) if (!known.has(id)) this.ids.delete(id);
	}
}
