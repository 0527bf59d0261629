//! The `session.*` settings of PHP's versions, with the defaults that PHP has without a php.ini.

const COMMON: &[(&str, &str)] = &[
    ("session.auto_start", "0"),
    ("session.cache_expire", "180"),
    ("session.cache_limiter", "nocache"),
    ("session.cookie_domain", ""),
    ("session.cookie_httponly", "0"),
    ("session.cookie_lifetime", "0"),
    ("session.cookie_path", "/"),
    ("session.cookie_samesite", ""),
    ("session.cookie_secure", "0"),
    ("session.gc_divisor", "100"),
    ("session.gc_maxlifetime", "1440"),
    ("session.gc_probability", "1"),
    ("session.lazy_write", "1"),
    ("session.name", "PHPSESSID"),
    ("session.referer_check", ""),
    ("session.save_handler", "files"),
    ("session.save_path", ""),
    ("session.serialize_handler", "php"),
    ("session.sid_bits_per_character", "4"),
    ("session.sid_length", "32"),
    ("session.trans_sid_hosts", ""),
    ("session.trans_sid_tags", "a=href,area=href,frame=src,form="),
    ("session.upload_progress.cleanup", "1"),
    ("session.upload_progress.enabled", "1"),
    ("session.upload_progress.freq", "1%"),
    ("session.upload_progress.min_freq", "1"),
    ("session.upload_progress.name", "PHP_SESSION_UPLOAD_PROGRESS"),
    ("session.upload_progress.prefix", "upload_progress_"),
    ("session.use_cookies", "1"),
    ("session.use_only_cookies", "1"),
    ("session.use_strict_mode", "0"),
    ("session.use_trans_sid", "0"),
    ("max_execution_time", "30"),
];

/// The defaults of a version.
pub fn defaults(version: u32) -> Vec<(String, String)> {
    let mut all = COMMON.to_vec();
    if version >= 80_500 {
        all.push(("session.cookie_partitioned", "0"));
    }
    if version >= 80_600 {
        all.extend([
            ("session.use_strict_mode", "1"),
            ("session.cookie_httponly", "1"),
            ("session.cookie_samesite", "Lax"),
        ]);
    }
    all.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// What the php.ini says that Debian ships with PHP 8.2, for production and for development.
pub const DEBIAN: &[(&str, &str)] = &[
    ("session.save_handler", "files"),
    ("session.use_strict_mode", "0"),
    ("session.use_cookies", "1"),
    ("session.cookie_secure", "0"),
    ("session.use_only_cookies", "1"),
    ("session.name", "PHPSESSID"),
    ("session.auto_start", "0"),
    ("session.cookie_lifetime", "0"),
    ("session.cookie_path", "/"),
    ("session.cookie_domain", ""),
    ("session.cookie_httponly", ""),
    ("session.cookie_samesite", ""),
    ("session.serialize_handler", "php"),
    ("session.gc_probability", "0"),
    ("session.gc_divisor", "1000"),
    ("session.gc_maxlifetime", "1440"),
    ("session.referer_check", ""),
    ("session.cache_limiter", "nocache"),
    ("session.cache_expire", "180"),
    ("session.use_trans_sid", "0"),
    ("session.sid_length", "26"),
    ("session.trans_sid_tags", "a=href,area=href,frame=src,form="),
    ("session.sid_bits_per_character", "5"),
    ("session.upload_progress.enabled", "1"),
];
