//! The scripts: one for each operation of the store, each atomic and one round trip. Running one twice does no harm, because a lost connection does not
//! tell whether the server has run it: a write carries a name of its own and is recognised.

use super::script::Script;

macro_rules! script {
    ($name:ident: $($part:literal),+) => {
        pub(super) static $name: Script =
            Script::new(stringify!($name), concat!($(include_str!(concat!("lua/", $part, ".lua")), "\n"),+));
    };
}

script!(LOAD: "cell", "load");
script!(OPEN: "cell", "lease", "open");
script!(RELEASE: "cell", "lease", "release");
script!(RENEW: "cell", "lease", "renew");
script!(SAVE: "cell", "lease", "save");
script!(ROTATE: "cell", "pointers", "rotate");
script!(PROMOTE: "cell", "pointers", "promote");
script!(CREATE: "cell", "pointers", "family", "create");
script!(ELEVATE: "cell", "pointers", "family", "elevate");
script!(DISCARD: "cell", "pointers", "family", "discard");
script!(END: "cell", "pointers", "family", "devices", "which", "end");
script!(UNBIND: "cell", "pointers", "family", "devices", "which", "unbind");
script!(REACH: "cell", "pointers", "family", "which", "reach");
script!(LIST: "cell", "pointers", "family", "list");
script!(SWEEP: "cell", "pointers", "family", "sweep");
script!(COUNT: "cell", "count");
script!(DEVICE_CREATE: "cell", "devices", "device_create");
script!(DEVICE_SAVE: "cell", "devices", "device_save");
script!(DEVICE_LIST: "cell", "devices", "device_list");
script!(DEVICE_END: "cell", "devices", "device_end");
script!(INCIDENT_KEEP: "cell", "incident_keep");
script!(INCIDENT_SWEEP: "cell", "incident_sweep");
script!(TURN_TAKE: "cell", "turn_take");
script!(TURN_END: "cell", "turn_end");
script!(UNLIST: "cell", "unlist");
script!(LOOK: "cell", "look");
script!(UNNAME: "cell", "unname");
