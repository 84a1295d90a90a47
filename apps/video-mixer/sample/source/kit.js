// Easing, text and the bottle: what the scenes share. Everything is a pure function of the time in seconds, so
// that a frame is the same whenever it is drawn.

export const ink = '#3b1d12', cream = '#fff4e2', caramel = '#c9742b', sunset = '#ff7a45', coral = '#f4515f',
  plum = '#3a1d4d', teal = '#0e6f6b', mint = '#c8f0df', gold = '#ffc857';

export const clamp = (x, low = 0, high = 1) => Math.min(high, Math.max(low, x));
export const lerp = (a, b, x) => a + (b - a) * x;
/** 0 to 1 between two moments. */
export const between = (t, from, to) => clamp((t - from) / (to - from));
export const easeOut = x => 1 - (1 - x) ** 3;
export const easeInOut = x => (x < 0.5 ? 4 * x ** 3 : 1 - (-2 * x + 2) ** 3 / 2);
/** A little past the goal and back. */
export const pop = x => 1 + 2.4 * (x - 1) ** 3 + 1.4 * (x - 1) ** 2;
export const sway = (t, period, size, phase = 0) => Math.sin((t / period + phase) * 2 * Math.PI) * size;

export const at = (x, y, content, { scale = 1, turn = 0, opacity = 1 } = {}) =>
  `<g transform="translate(${x.toFixed(2)} ${y.toFixed(2)}) rotate(${turn.toFixed(2)}) scale(${scale.toFixed(4)})" opacity="${opacity.toFixed(3)}">${content}</g>`;

export const gradient = (id, stops, { x2 = 0, y2 = 1 } = {}) =>
  `<linearGradient id="${id}" x1="0" y1="0" x2="${x2}" y2="${y2}">${stops
    .map(([offset, colour]) => `<stop offset="${offset}" stop-color="${colour}"/>`).join('')}</linearGradient>`;

/** Lines of words that rise into place one after another; `start` is when the first word
 * begins: a little before the clip by default, so that its very first frame says something already. */
export function words(t, lines, { x, y, size, colour, start = -0.25, step = 0.09, anchor = 'middle', weight = 800, leading = 1.12 }) {
  let n = 0;
  return lines.map((line, row) => {
    const spans = line.split(' ').map(word => {
      const arrived = between(t, start + n * step, start + n * step + 0.35);
      n += 1;
      const rise = (1 - easeOut(arrived)) * size * 0.45;
      return `<tspan dy="${rise.toFixed(2)}" fill-opacity="${easeOut(arrived).toFixed(3)}">${word}</tspan>` +
        `<tspan dy="${(-rise).toFixed(2)}"> </tspan>`;
    });
    return `<text x="${x}" y="${(y + row * size * leading).toFixed(1)}" font-size="${size}" font-weight="${weight}"
      letter-spacing="${(-size * 0.02).toFixed(2)}" word-spacing="${(size * 0.05).toFixed(2)}" text-anchor="${anchor}" fill="${colour}">${spans.join('').replace(/<tspan[^>]*> <\/tspan>$/, '')}</text>`;
  }).join('');
}

/** A rounded label around a short text, centred on 0,0. */
export function chip(text, { width, size = 38, fill = cream, colour = ink, height = size * 1.95 }) {
  return `<rect x="${-width / 2}" y="${-height / 2}" width="${width}" height="${height}" rx="${height / 2}" fill="${fill}"/>
    <text x="0" y="${size * 0.35}" font-size="${size}" font-weight="700" text-anchor="middle" fill="${colour}">${text}</text>`;
}

/** A sun with slowly turning rays, centred on 0,0. */
export function sun(t, radius, { fill = gold, rays = 14, ray = '#ffe1a0' } = {}) {
  const beams = Array.from({ length: rays }, (_, n) => {
    const reach = radius * (1.62 + 0.1 * Math.sin(t * 4 + n * 1.7));
    return `<path transform="rotate(${(n * 360 / rays + t * 16).toFixed(2)})" d="M ${-radius * 0.09} ${-radius * 1.22}
      L 0 ${(-reach).toFixed(2)} L ${radius * 0.09} ${-radius * 1.22} Z" fill="${ray}" stroke="${ray}" stroke-width="${radius * 0.06}" stroke-linejoin="round"/>`;
  });
  return beams.join('') + `<circle r="${radius}" fill="${fill}"/><circle r="${radius * 0.82}" fill="#fff" opacity=".16"/>`;
}

/** The product: a 250 ml bottle, 220 wide and 560 high, standing on 0,0. `cold` runs the drops down. */
export function bottle(t, id = 'b') {
  const wave = sway(t, 1.6, 7);
  const body = 'M -52 -470 L 52 -470 C 52 -410 110 -400 110 -330 L 110 -34 C 110 -10 96 0 74 0 L -74 0 C -96 0 -110 -10 -110 -34 L -110 -330 C -110 -400 -52 -410 -52 -470 Z';
  const drops = [[-84, -300, 0], [-66, -90, 0.4], [82, -250, 0.7], [70, -60, 0.2], [-92, -190, 0.55], [92, -150, 0.9], [-30, -385, 0.3], [40, -372, 0.8]]
    .map(([x, y, phase]) => {
      const fall = ((t * 0.32 + phase) % 1);
      const fade = Math.sin(fall * Math.PI);
      return `<ellipse cx="${x}" cy="${(y + fall * 34).toFixed(1)}" rx="5.5" ry="${(7 + fall * 4).toFixed(1)}" fill="#fff" opacity="${(fade * 0.75).toFixed(3)}"/>`;
    }).join('');
  return `<defs>${gradient(id + 'c', [[0, '#5a2d17'], [0.34, '#8a4a24'], [0.56, '#d9a874'], [0.78, '#e9c79b'], [0.86, '#8b4513'], [1, '#5c2a0d']])}
      <clipPath id="${id}k"><path d="${body}"/></clipPath></defs>
    <ellipse cx="0" cy="4" rx="128" ry="20" fill="${ink}" opacity=".18"/>
    <path d="${body}" fill="#fff" opacity=".55"/>
    <g clip-path="url(#${id}k)">
      <path d="M -120 ${-392 + wave} Q -60 ${-404 - wave} 0 ${-392} T 120 ${-392 - wave} L 120 10 L -120 10 Z" fill="url(#${id}c)"/>
      <path d="M -120 ${-150 + wave} Q -50 ${-190 - wave * 2} 10 ${-150} T 130 ${-160 + wave} L 130 -110 Q 40 ${-130 + wave} -20 -112 T -120 -120 Z" fill="#fff1dc" opacity=".35"/>
      <rect x="-98" y="-440" width="26" height="420" rx="13" fill="#fff" opacity=".28"/>
      <rect x="80" y="-330" width="12" height="280" rx="6" fill="#fff" opacity=".2"/>
    </g>
    <path d="${body}" fill="none" stroke="#fff" stroke-opacity=".65" stroke-width="5"/>
    <rect x="-60" y="-530" width="120" height="66" rx="14" fill="${ink}"/><rect x="-60" y="-490" width="120" height="8" fill="#fff" opacity=".14"/>
    <rect x="-104" y="-300" width="208" height="176" rx="18" fill="${cream}"/>
    <g transform="translate(0 -246)"><circle r="24" fill="${sunset}"/><rect x="-40" y="6" width="80" height="30" fill="${cream}"/>
      <path d="M -40 10 H 40" stroke="${ink}" stroke-width="5" stroke-linecap="round"/></g>
    <text y="-186" font-size="40" font-weight="800" text-anchor="middle" fill="${ink}" letter-spacing="-1">Kopi Sore</text>
    <text y="-150" font-size="20" font-weight="600" text-anchor="middle" fill="${caramel}" letter-spacing=".4">es kopi gula aren</text>
    ${drops}`;
}

/** An ice cube, 80 wide, centred on 0,0. */
export const ice = `<rect x="-40" y="-40" width="80" height="80" rx="18" fill="#e9fbff" opacity=".92"/>
  <path d="M -24 -6 Q -22 -24 -4 -24" stroke="#fff" stroke-width="9" stroke-linecap="round" fill="none"/>
  <rect x="-40" y="-40" width="80" height="80" rx="18" fill="none" stroke="#9fdbe8" stroke-width="4"/>`;
