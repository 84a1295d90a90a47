// The six clips. Each scene has a size, a rate, a length and a drawing for any moment of it.

import { at, between, bottle, caramel, chip, coral, cream, easeInOut, easeOut, gold, gradient, ice, ink, lerp, mint, plum, pop, sun, sunset, sway, teal, words } from './kit.js';

const portrait = { width: 720, height: 1280, fps: 30 };
const fill = (scene, paint) => `<rect width="${scene.width}" height="${scene.height}" fill="${paint}"/>`;

/** Soft hills along the lower edge. */
const hills = (t, y, colour, width, drift) => {
  const shift = sway(t, 6, drift);
  return `<path d="M -60 ${y} C ${width * 0.2 + shift} ${y - 90} ${width * 0.35} ${y - 70} ${width * 0.5} ${y - 10}
    S ${width * 0.85 + shift} ${y - 80} ${width + 60} ${y - 20} V 1400 H -60 Z" fill="${colour}"/>`;
};

const hookSoreGerah = {
  ...portrait, seconds: 3,
  draw(t) {
    const heat = [0, 1, 2].map(n => {
      const x = 250 + n * 110, lift = ((t * 0.55 + n * 0.33) % 1);
      return `<path d="M ${x} ${960 - lift * 120} q 26 -34 0 -68 t 0 -68" stroke="#fff" stroke-width="13" stroke-linecap="round"
        fill="none" opacity="${(Math.sin(lift * Math.PI) * 0.6).toFixed(3)}"/>`;
    }).join('');
    const mercury = lerp(60, 292, easeInOut(between(t, 0.2, 1.9)));
    const degrees = Math.round(lerp(27, 36, easeInOut(between(t, 0.2, 1.9))));
    const thermometer = `<rect x="-34" y="-340" width="68" height="360" rx="34" fill="${cream}"/><circle cy="40" r="62" fill="${cream}"/>
      <circle cy="40" r="42" fill="${coral}"/><rect x="-15" y="${30 - mercury}" width="30" height="${mercury}" rx="15" fill="${coral}"/>
      ${at(-136, 0 - mercury, chip(`${degrees}°C`, { width: 148, size: 44, fill: ink, colour: cream }))}`;
    return `<defs>${gradient('sky', [[0, '#ff9a3d'], [0.55, '#ff7a45'], [1, '#f4515f']])}</defs>${fill(this, 'url(#sky)')}
      ${at(360, 800, sun(t, 190), { scale: 1 + sway(t, 1, 0.025) })}
      ${hills(t, 1090, '#d93d56', 720, 30)}${hills(t + 2, 1160, '#a82c4e', 720, 40)}${heat}
      ${at(590, 1080, thermometer, { scale: 0.86, turn: sway(t, 1.5, 2) })}
      ${words(t, ['Sore gerah', 'begini…'], { x: 360, y: 230, size: 108, colour: cream })}
      ${words(t, ['enaknya minum apa, ya?'], { x: 360, y: 452, size: 52, colour: ink, start: 0.75, weight: 700 })}`;
  },
};

const hookJamTiga = {
  ...portrait, fps: 60, seconds: 2,
  draw(t) {
    const turn = easeInOut(between(t, 0, 1.1));
    const minute = lerp(-250, 0, turn), hour = lerp(69, 90, turn);
    const lid = lerp(0.35, 0.82, easeInOut(between(t, 0.5, 1.7))) + sway(t, 0.9, 0.04);
    const marks = Array.from({ length: 12 }, (_, n) =>
      `<rect x="-6" y="-212" width="12" height="${n % 3 ? 22 : 40}" rx="6" fill="${plum}" opacity="${n % 3 ? 0.35 : 0.9}" transform="rotate(${n * 30})"/>`).join('');
    const eye = x => `<g transform="translate(${x} 70)"><clipPath id="e${x > 0}"><ellipse rx="46" ry="40"/></clipPath><ellipse rx="46" ry="40" fill="#fff"/>
      <g clip-path="url(#e${x > 0})"><circle cx="4" cy="10" r="20" fill="${plum}"/><rect x="-50" y="-44" width="100" height="${(lid * 84).toFixed(1)}" fill="#ffd9a6"/>
      <path d="M -50 ${(-44 + lid * 84).toFixed(1)} H 50" stroke="${plum}" stroke-width="7"/></g></g>`;
    const zzz = [0, 1, 2].map(n => {
      const rise = ((t * 0.6 + n / 3) % 1);
      return `<text x="${(500 + n * 26 + rise * 60).toFixed(1)}" y="${(640 - rise * 150).toFixed(1)}" font-size="${54 + n * 14}" font-weight="800" fill="${gold}" opacity="${(Math.sin(rise * Math.PI) * 0.95).toFixed(3)}">z</text>`;
    }).join('');
    const stars = Array.from({ length: 18 }, (_, n) => `<circle cx="${(n * 197) % 720}" cy="${(n * 331) % 1280}" r="${3 + n % 3}" fill="${cream}"
      opacity="${(0.25 + 0.2 * Math.sin(t * 5 + n)).toFixed(3)}"/>`).join('');
    return `<defs>${gradient('dusk', [[0, '#2c1540'], [0.6, '#5b2a63'], [1, '#c2496a']])}</defs>${fill(this, 'url(#dusk)')}${stars}
      ${at(360, 800, `<circle r="272" fill="${caramel}"/><circle r="244" fill="#ffd9a6"/>${marks}${eye(-84)}${eye(84)}
        <path d="M -34 152 Q 0 ${(136 + sway(t, 0.9, 4)).toFixed(1)} 34 152" stroke="${plum}" stroke-width="10" stroke-linecap="round" fill="none"/>
        <rect x="-10" y="-118" width="20" height="126" rx="10" fill="${plum}" transform="rotate(${hour.toFixed(2)})"/>
        <rect x="-7" y="-180" width="14" height="188" rx="7" fill="${coral}" transform="rotate(${minute.toFixed(2)})"/><circle r="17" fill="${plum}"/>`,
        { turn: sway(t, 1, 2.4), scale: 1 + sway(t, 0.5, 0.008) })}${zzz}
      ${words(t, ['Jam tiga sore,'], { x: 360, y: 236, size: 92, colour: cream })}
      ${words(t, ['mata mulai berat?'], { x: 360, y: 336, size: 72, colour: gold, start: 0.35 })}`;
  },
};

const isiGulaAren = {
  ...portrait, seconds: 4,
  draw(t) {
    const arrive = pop(between(t, 0, 0.55));
    const label = (n, x, y, text, width, colour) => {
      const shown = between(t, 0.9 + n * 0.5, 1.3 + n * 0.5);
      return shown ? at(x, y + sway(t, 2, 6, n / 3), chip(text, { width, fill: colour, colour: cream, size: 40 }), { scale: pop(shown), opacity: Math.min(1, shown * 3) }) : '';
    };
    const cubes = [[110, 0.0, 14], [610, 0.25, -18], [170, 0.55, -10], [560, 0.8, 22]].map(([x, phase, spin]) => {
      const fall = (t * 0.34 + phase) % 1;
      return at(x + sway(t, 3, 12, phase), lerp(430, 1380, fall), ice, { turn: spin + fall * 220, scale: 0.85, opacity: 0.9 * Math.min(1, fall * 5) });
    }).join('');
    return `<defs>${gradient('cream', [[0, '#fff4e2'], [0.6, '#ffe2bd'], [1, '#ffc88a']])}</defs>${fill(this, 'url(#cream)')}
      <circle cx="360" cy="800" r="${(300 + sway(t, 2, 8)).toFixed(1)}" fill="${gold}" opacity=".45"/><circle cx="360" cy="800" r="${(230 + sway(t, 2, 8, 0.2)).toFixed(1)}" fill="${sunset}" opacity=".28"/>
      ${cubes}${at(360, lerp(1500, 1150, arrive), bottle(t), { scale: 1.15, turn: sway(t, 2, 1.6) })}
      ${words(t, ['Kenalkan,'], { x: 360, y: 176, size: 60, colour: caramel, weight: 700 })}
      ${words(t, ['Kopi Sore'], { x: 360, y: 292, size: 124, colour: ink, start: 0.2 })}
      ${words(t, ['es kopi dalam botol'], { x: 360, y: 366, size: 48, colour: caramel, start: 0.45, weight: 600 })}
      ${label(0, 160, 690, 'Espresso', 240, ink)}${label(1, 568, 640, 'Susu segar', 272, teal)}${label(2, 520, 1060, 'Gula aren asli', 330, '#a4521c')}`;
  },
};

const isiManisPas = {
  width: 1280, height: 720, fps: 30, seconds: 3,
  draw(t) {
    const badge = (n, x, text, width, colour, ink_) => at(x, 590, chip(text, { width, fill: colour, colour: ink_, size: 36 }),
      { scale: pop(between(t, 0.95 + n * 0.3, 1.35 + n * 0.3)), opacity: Math.min(1, between(t, 0.95 + n * 0.3, 1.2 + n * 0.3) * 2) });
    const bubbles = Array.from({ length: 12 }, (_, n) => {
      const rise = (t * (0.16 + n % 3 * 0.05) + n * 0.137) % 1;
      return `<circle cx="${(60 + n * 108 + sway(t, 2, 14, n / 12)).toFixed(1)}" cy="${lerp(760, -40, rise).toFixed(1)}" r="${10 + n % 4 * 7}" fill="#fff" opacity=".13"/>`;
    }).join('');
    return `<defs>${gradient('aren', [[0, '#8a3f16'], [1, '#d98336']], { x2: 1, y2: 0.6 })}</defs>${fill(this, 'url(#aren)')}${bubbles}
      <circle cx="310" cy="392" r="${(262 + sway(t, 2, 6)).toFixed(1)}" fill="${gold}" opacity=".85"/><circle cx="310" cy="392" r="200" fill="#fff" opacity=".2"/>
      ${at(310, 690, bottle(t), { scale: lerp(1.06, 1.12, easeOut(between(t, 0, 3))), turn: lerp(-9, 5, easeInOut(between(t, 0, 2.6))) })}
      ${words(t, ['Manisnya pas,', 'dinginnya', 'bikin segar.'], { x: 600, y: 176, size: 98, colour: cream, anchor: 'start', step: 0.12, leading: 1.1 })}
      ${badge(0, 700, '250 ml', 188, cream, ink)}${badge(1, 1000, 'Rp18.000 sebotol', 356, gold, ink)}`;
  },
};

const ajakanPesan = {
  ...portrait, seconds: 3,
  draw(t) {
    const press = 1 - 0.07 * Math.sin(between(t, 1.25, 1.6) * Math.PI) - 0.05 * Math.sin(between(t, 2.1, 2.4) * Math.PI);
    const ring = between(t, 1.4, 2.1);
    const hand = easeOut(between(t, 0.6, 1.2));
    const finger = `<path d="M -22 0 C -22 -30 22 -30 22 0 V 92 C 70 92 104 108 104 168 C 104 244 66 282 6 282 C -50 282 -72 254 -96 214
      L -122 168 C -136 142 -104 122 -82 142 L -22 196 Z" fill="#ffd2a8" stroke="${ink}" stroke-width="9" stroke-linejoin="round"/>
      <path d="M 22 96 V 150 M 58 106 V 152 M -22 196 V 110" stroke="${ink}" stroke-width="9" stroke-linecap="round"/>`;
    const bike = `<circle cx="-78" cy="0" r="40" fill="none" stroke="${ink}" stroke-width="14"/><circle cx="84" cy="0" r="40" fill="none" stroke="${ink}" stroke-width="14"/>
      <path d="M -78 0 L -40 -62 H 46 L 84 0 M 46 -62 L 62 -118 H 96" stroke="${ink}" stroke-width="15" stroke-linecap="round" stroke-linejoin="round" fill="none"/>
      <rect x="-124" y="-148" width="104" height="86" rx="14" fill="${teal}"/><text x="-72" y="-94" font-size="32" font-weight="800" text-anchor="middle" fill="${cream}">Kopi</text>
      <path d="M -150 -24 h -50 M -150 -60 h -34 M -150 8 h -30" stroke="${cream}" stroke-width="10" stroke-linecap="round" opacity="${(0.6 + sway(t, 0.4, 0.3)).toFixed(2)}"/>`;
    return `<defs>${gradient('sore', [[0, '#ffb35c'], [0.55, '#ff7d54'], [1, '#ee4b6a']])}</defs>${fill(this, 'url(#sore)')}
      ${at(560, 520, sun(t, 120, { ray: '#ffd08a' }))}${hills(t, 640, '#e2564f', 720, 30)}<rect y="700" width="720" height="580" fill="#e2564f"/>
      <path d="M 0 700 H 720" stroke="${cream}" stroke-width="8" stroke-dasharray="60 40" stroke-dashoffset="${(t * 260).toFixed(1)}" opacity=".7"/>
      ${at(lerp(-160, 390, easeOut(between(t, -0.4, 1.6))) + t * 14, 652 + sway(t, 0.35, 3), bike)}
      ${words(t, ['Pesan sekarang,', 'sampai', 'sebelum senja.'], { x: 360, y: 190, size: 84, colour: ink, step: 0.1, leading: 1.1 })}
      <circle cx="360" cy="900" r="${lerp(120, 420, ring).toFixed(1)}" fill="none" stroke="${cream}" stroke-width="10" opacity="${(ring && (1 - ring) * 0.8).toFixed(3)}"/>
      ${at(360, 900, `<rect x="-270" y="-62" width="540" height="136" rx="68" fill="${ink}" opacity=".35"/>` + chip('Pesan sekarang', { width: 540, size: 58, height: 136, fill: cream, colour: '#c8323f' }), { scale: press })}
      ${at(lerp(620, 500, hand), lerp(1400, 950, hand) + (press - 1) * -160, finger, { scale: 0.95, turn: -14 })}`;
  },
};

const ajakanBeliDua = {
  ...portrait, seconds: 2,
  draw(t) {
    const stamp = pop(between(t, 0.55, 0.95));
    const rays = Array.from({ length: 16 }, (_, n) => `<path d="M 0 0 L -90 -1100 L 90 -1100 Z" fill="#fff" opacity=".07" transform="rotate(${(n * 22.5 + t * 10).toFixed(2)})"/>`).join('');
    const confetti = Array.from({ length: 22 }, (_, n) => {
      const fall = (t * 0.42 + n * 0.173) % 1;
      return at((n * 149) % 720 + sway(t, 1.2, 16, n / 5), lerp(480, 1320, fall), `<rect x="-9" y="-13" width="18" height="26" rx="5" fill="${[gold, coral, cream, sunset][n % 4]}"/>`,
        { turn: n * 40 + t * 200, opacity: Math.min(1, fall * 6) });
    }).join('');
    const star = Array.from({ length: 32 }, (_, n) => {
      const r = n % 2 ? 148 : 170, a = n * Math.PI / 16;
      return `${(Math.sin(a) * r).toFixed(1)},${(Math.cos(a) * r).toFixed(1)}`;
    }).join(' ');
    return `<defs>${gradient('teal', [[0, '#14857f'], [1, '#0a4f55']])}</defs>${fill(this, 'url(#teal)')}${at(360, 820, rays)}${confetti}
      ${at(240, 1110, bottle(t, 'l'), { scale: 1.06, turn: -7 + sway(t, 1, 2) })}${at(470, 1110, bottle(t + 0.5, 'r'), { scale: 1.06, turn: 7 - sway(t, 1, 2) })}
      ${words(t, ['Beli dua,', 'gratis ongkir!'], { x: 360, y: 220, size: 100, colour: cream, leading: 1.1 })}
      ${words(t, ['Yuk, ngopi bareng teman.'], { x: 360, y: 424, size: 48, colour: mint, start: 0.4, weight: 600, step: 0.06 })}
      ${at(588, 1130, `<polygon points="${star}" fill="${gold}"/><text y="-22" font-size="42" font-weight="700" text-anchor="middle" fill="${ink}">hanya</text>
        <text y="34" font-size="54" font-weight="800" text-anchor="middle" fill="${ink}">minggu</text><text y="82" font-size="42" font-weight="700" text-anchor="middle" fill="${ink}">ini</text>`,
        { scale: Math.max(0, stamp) * 0.8, turn: 12 + sway(t, 1, 3), opacity: between(t, 0.5, 0.6) })}`;
  },
};

export const scenes = {
  'hook-sore-gerah': hookSoreGerah,
  'hook-jam-tiga-sore': hookJamTiga,
  'isi-gula-aren': isiGulaAren,
  'isi-manisnya-pas': isiManisPas,
  'ajakan-pesan-sekarang': ajakanPesan,
  'ajakan-beli-dua': ajakanBeliDua,
};
