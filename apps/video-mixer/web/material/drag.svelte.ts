/**
 * Dragging clips by mouse and by touch with one code path. A mouse drags after five pixels, a finger after resting a
 * quarter of a second, so that scrolling stays scrolling. The keyboard's way is the clip's menu.
 */

export interface DropSpot {
	group: string | null;
	index: number;
}
interface Held {
	id: string;
	label: string;
	picture: string | null | undefined;
	width: number;
	height: number;
	x: number;
	y: number;
}

const mouseSlackPx = 5;
const touchRestMs = 250;

export class ClipDrag {
	held = $state.raw<Held | null>(null);
	spot = $state.raw<DropSpot | null>(null);
	#drop: (id: string, spot: DropSpot) => void;
	#release: (() => void) | null = null;

	constructor(drop: (id: string, spot: DropSpot) => void) {
		this.#drop = drop;
	}
	start(event: PointerEvent, clip: { id: string; label: string; picture: string | null | undefined }): void {
		if (event.button !== 0 || this.#release) return;
		const card = event.currentTarget as HTMLElement;
		const touch = event.pointerType !== 'mouse';
		const from = { x: event.clientX, y: event.clientY };
		let rest: ReturnType<typeof setTimeout> | undefined;

		const lift = (x: number, y: number) => {
			const box = card.getBoundingClientRect();
			this.held = { ...clip, width: box.width, height: box.height, x, y };
			this.#aim(x, y);
			if (touch) navigator.vibrate?.(10);
		};
		const move = (e: PointerEvent) => {
			if (e.pointerId !== event.pointerId) return;
			const far = Math.hypot(e.clientX - from.x, e.clientY - from.y);
			if (this.held) {
				this.held = { ...this.held, x: e.clientX, y: e.clientY };
				this.#aim(e.clientX, e.clientY);
			} else if (touch) {
				// The finger scrolls: this was never a drag.
				if (far > 8) end();
			} else if (far > mouseSlackPx) lift(e.clientX, e.clientY);
		};
		const up = (e: PointerEvent) => {
			if (e.pointerId !== event.pointerId) return;
			const { held, spot } = this;
			end();
			if (held && spot) this.#drop(held.id, spot);
			// The click that ends a drag must not open the clip.
			if (held) addEventListener('click', swallow, { capture: true, once: true });
			setTimeout(() => removeEventListener('click', swallow, { capture: true }), 0);
		};
		const swallow = (e: Event) => {
			e.stopPropagation();
			e.preventDefault();
		};
		const key = (e: KeyboardEvent) => {
			if (e.key === 'Escape') end();
		};
		const still = (e: TouchEvent) => {
			if (this.held) e.preventDefault();
		};
		const end = () => {
			clearTimeout(rest);
			removeEventListener('pointermove', move);
			removeEventListener('pointerup', up);
			removeEventListener('pointercancel', end);
			removeEventListener('keydown', key);
			removeEventListener('touchmove', still);
			this.held = null;
			this.spot = null;
			this.#release = null;
		};
		addEventListener('pointermove', move);
		addEventListener('pointerup', up);
		addEventListener('pointercancel', end);
		addEventListener('keydown', key);
		addEventListener('touchmove', still, { passive: false });
		if (touch) rest = setTimeout(() => lift(from.x, from.y), touchRestMs);
		this.#release = end;
	}
	stop(): void {
		this.#release?.();
	}
	#aim(x: number, y: number): void {
		const column = document.elementFromPoint(x, y)?.closest<HTMLElement>('[data-drop-group]');
		if (!column) {
			this.spot = null;
			return;
		}
		const cards = [...column.querySelectorAll<HTMLElement>('[data-clip]')]
			.filter((card) => card.dataset.clip !== this.held?.id)
			.map((card) => card.getBoundingClientRect());
		this.spot = { group: column.dataset.dropGroup || null, index: insertAt(cards, x, y) };
		// Near an edge the list under the pointer comes to meet it.
		const scroller = column.closest<HTMLElement>('[data-drag-scroll]');
		const box = scroller?.getBoundingClientRect();
		if (box && y > box.bottom - 48) scroller?.scrollBy({ top: 12 });
		if (box && y < box.top + 48) scroller?.scrollBy({ top: -12 });
	}
}

type Box = Pick<DOMRect, 'left' | 'right' | 'top' | 'bottom'>;
/** Before the first card whose middle lies after the pointer, reading rows from left to right. */
export function insertAt(cards: Box[], x: number, y: number): number {
	const alone = cards.every((card) => card.left === cards[0]?.left);
	const index = cards.findIndex((card) => {
		if (alone) return y < (card.top + card.bottom) / 2;
		return y < card.top || (y <= card.bottom && x < (card.left + card.right) / 2);
	});
	return index < 0 ? cards.length : index;
}
