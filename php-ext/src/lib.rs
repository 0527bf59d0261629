//! Sidereal for PHP: the save handler of `session.save_handler=sidereal`.
//!
//! From PHP to the engine in the fewest hops: `shim/ps_module.c` (the callbacks of ext/session, in C) -> [`handler`]
//! (the border) -> [`request`] -> [`opened`] (which callback means what) -> `sidereal_core::engine`. Beside it: [`ini`]
//! (settings), [`process`] (engines that outlive a request), [`info`] (phpinfo), [`audit`]. C raises PHP's errors and allocates
//! its strings, when nothing of Rust is on the stack.

use std::ffi::c_int;

use ext_php_rs::builders::{ModuleBuilder, ModuleStartup};
use ext_php_rs::ffi::_zend_module_dep;
use ext_php_rs::zend::{IniEntryDef, ModuleEntry, StaticModuleEntry};
use parking_lot::Mutex;
use sidereal_core::birth::Birth;

mod api;
mod audit;
mod border;
mod events;
mod evidence;
mod guard;
mod handler;
mod info;
mod ini;
mod opened;
mod past;
mod process;
mod request;
#[cfg(feature = "test-clock")]
mod test_clock;
mod visitor;

const SUCCESS: c_int = 0;
const FAILURE: c_int = -1;

/// Completes the start in MINIT; kept from [`get_module`], which makes it.
static STARTUP: Mutex<Option<ModuleStartup>> = Mutex::new(None);

/// ext/session has to be started before us, and PHP refuses us without it.
struct Dependencies([_zend_module_dep; 2]);

// SAFETY: the pointers are to constants; nobody writes through them.
unsafe impl Sync for Dependencies {}

static DEPENDENCIES: Dependencies = Dependencies([
    _zend_module_dep { name: c"session".as_ptr(), rel: std::ptr::null(), version: std::ptr::null(), type_: 1 },
    _zend_module_dep { name: std::ptr::null(), rel: std::ptr::null(), version: std::ptr::null(), type_: 0 },
]);

/// The one symbol that PHP looks up.
#[unsafe(no_mangle)]
pub extern "C" fn get_module() -> *mut ModuleEntry {
    static MODULE: StaticModuleEntry = StaticModuleEntry::new();
    let module = ModuleBuilder::new("sidereal", env!("CARGO_PKG_VERSION"))
        .startup_function(startup)
        .shutdown_function(shutdown)
        .request_shutdown_function(request_ends)
        .post_deactivate_function(request_over)
        .info_function(border::sidereal_print_info)
        // FrankenPHP's workers run this for each request, and nothing else of ours.
        .sapi_activate_function(|_| guard::quietly(request::over));
    let Ok((mut entry, startup, owned)) = module.try_into() else {
        return std::ptr::null_mut();
    };
    entry.deps = DEPENDENCIES.0.as_ptr();
    *STARTUP.lock() = Some(startup);
    MODULE.get_or_init(|| (entry, owned))
}

unsafe extern "C" fn startup(kind: c_int, number: c_int) -> c_int {
    guard::install_panic_hook();
    // Before the first one.
    Birth::count_forks();
    // SAFETY: MINIT; the table is static.
    if unsafe { border::sidereal_startup(&raw const handler::TABLE, kind) } != SUCCESS {
        return FAILURE;
    }
    // SAFETY: as above.
    if unsafe { border::sidereal_register_api(&raw const api::TABLE) } != SUCCESS {
        return FAILURE;
    }
    // SAFETY: as above.
    unsafe { evidence::sidereal_register_evidence(&raw const evidence::TABLE) };
    let mut started = false;
    guard::quietly(|| {
        IniEntryDef::register(ini::TABLE.as_slice(), number);
        started = STARTUP.lock().as_ref().is_some_and(|module| module.startup(kind, number).is_ok());
    });
    if started { SUCCESS } else { FAILURE }
}

unsafe extern "C" fn shutdown(_: c_int, number: c_int) -> c_int {
    guard::quietly(evidence::forget);
    guard::quietly(request::over);
    guard::quietly(process::shutdown);
    // SAFETY: MSHUTDOWN; takes out what MINIT put in.
    unsafe { border::sidereal_unregister_api() };
    // SAFETY: MSHUTDOWN; takes out what MINIT put in under this number.
    unsafe { border::sidereal_shutdown(number) };
    SUCCESS
}

unsafe extern "C" fn request_ends(_: c_int, _: c_int) -> c_int {
    // SAFETY: RSHUTDOWN, in the thread that served the request; nothing of Rust is on the stack but this frame, which
    // owns nothing.
    unsafe { border::sidereal_request_ends() };
    SUCCESS
}

unsafe extern "C" fn request_over() -> c_int {
    guard::quietly(evidence::forget);
    guard::quietly(request::over);
    // SAFETY: POST_DEACTIVATE, in the thread that served the request.
    unsafe { border::sidereal_request_over() };
    SUCCESS
}
