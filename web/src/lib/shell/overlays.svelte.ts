/** Which of the shell's overlays is open; their code is downloaded the first time one is. */
class Overlays {
	open = $state<'palette' | 'shortcuts' | null>(null);
}
export const overlays = new Overlays();
