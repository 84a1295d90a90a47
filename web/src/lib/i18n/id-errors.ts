import type { Problem } from '$lib/api/types';

/** Kode masalah dari server: apa yang terjadi, apa artinya, apa yang bisa dilakukan. */
export const errors = {
	'ui.unexpected': 'Ada yang tidak berjalan semestinya di halaman ini. Muat ulang; pekerjaan di server tidak terganggu.',
	'network.offline': 'Server tidak terjangkau. Periksa sambungan, lalu coba lagi.',
	'server.unavailable': 'Server sedang tidak dapat menjawab. Tunggu sebentar, lalu coba lagi.',
	'http.401': 'Sesi Anda berakhir. Silakan masuk lagi.',
	'http.403': 'Akun ini tidak boleh melakukan itu.',
	'http.404': 'Yang dicari tidak ditemukan. Mungkin sudah dihapus.',
	'http.413': 'Berkas terlalu besar untuk diterima server atau proksi di depannya.',
	'http.429': 'Terlalu banyak permintaan sekaligus. Tunggu sebentar, lalu coba lagi.',
	'auth.invalid_credentials': 'Email atau kata sandi tidak cocok.',
	'auth.required': 'Sesi Anda berakhir. Silakan masuk lagi.',
	'auth.unauthenticated': 'Sesi Anda berakhir. Silakan masuk lagi.',
	'auth.email_taken': 'Email ini sudah punya akun. Masuklah dengan email itu.',
	'auth.registration_closed': 'Studio ini tidak menerima pendaftaran. Mintalah akun kepada pengelolanya.',
	'auth.password_too_short': 'Kata sandi terlalu pendek. Pakai paling sedikit 8 huruf.',
	'auth.email_invalid': 'Alamat email ini tidak lengkap.',
	'setup.invalid_token':
		'Tautan penyiapan ini salah atau sudah kedaluwarsa. Jalankan ulang server untuk mendapat tautan baru.',
	'setup.already_done': 'Studio ini sudah disiapkan. Silakan masuk.',
	'credits.insufficient': (p: Problem) =>
		`Kredit tidak cukup: perlu ${p.required ?? '?'}, tersedia ${p.available ?? '?'}. Kurangi jumlah video atau pilih pengaturan yang lebih murah.`,
	'storage.quota_exceeded': 'Ruang simpan Anda penuh. Hapus karya atau klip lama, lalu unggah lagi.',
	'uploads.too_large': 'Berkas melebihi batas ukuran. Perkecil atau potong dulu, lalu unggah lagi.',
	'media.empty': 'Berkas ini kosong (0 byte). Salin ulang dari perangkat asalnya, lalu unggah lagi.',
	'media.not_media': 'Isi berkas ini bukan video, meski namanya seperti video. Ekspor ulang sebagai MP4, lalu unggah lagi.',
	'media.truncated': 'Berkas ini terpotong, bagian akhirnya tidak ada. Salin atau unduh ulang, lalu unggah lagi.',
	'media.playlist': 'Ini daftar putar, bukan video. Unduh videonya sendiri sebagai MP4, lalu unggah itu.',
	'media.too_large': 'Ukuran gambarnya melebihi batas. Perkecil dulu, lalu unggah lagi.',
	'media.too_short': 'Klip ini terlalu pendek. Pakai klip yang lebih panjang dari setengah detik.',
	'upload.stopped': 'Unggahan terhenti karena sambungan putus. Tekan lanjutkan; yang sudah terkirim tidak diulang.',
	'upload.kind': 'Jenis berkas ini tidak dipakai di sini. Unggah video (MP4, MOV, WebM, MKV).',
	'upload.empty': 'Berkas ini kosong (0 byte). Salin ulang dari perangkat asalnya, lalu unggah lagi.',
	'upload.big': 'Berkas melebihi batas ukuran per klip. Perkecil atau potong dulu, lalu unggah lagi.'
};
