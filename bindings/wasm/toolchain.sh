#!/bin/sh
# Makes a std for wasm32-unknown-unknown available and prints the `export` lines that a wasm build needs:
#
#     eval "$(bindings/wasm/toolchain.sh)" && cargo build --target wasm32-unknown-unknown
#
# Progress goes to standard error. BACKCAST_WASM chooses the way:
#   (empty)     the first of the three that works
#   installed   the toolchain's own target, as it is
#   rustup      `rustup target add`
#   debian      Debian's Rust packages, unpacked under target/: for networks in which only package registries answer
#
# Nothing is installed on the machine and root is never needed: apt only downloads, into a folder of ours, and reads package
# lists of ours, because those of an image are as old as the image and may know only a compiler that is too old.
set -eu

target=wasm32-unknown-unknown
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
case ${CARGO_TARGET_DIR:-} in
    "") base=$root/target ;;
    /*) base=$CARGO_TARGET_DIR ;;
    *) base=$PWD/$CARGO_TARGET_DIR ;;
esac
base=${base%/wasm} # a second eval in the same shell must not nest
kit=$base/wasm-toolchain
# The oldest Rust that the workspace compiles with.
needed=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' "$root/Cargo.toml")

say() { echo "wasm toolchain: $*" >&2; }
die() { say "$*"; exit 1; }
quote() { printf "'%s'" "$(printf %s "$1" | sed "s/'/'\\\\''/g")"; }

# Two compilers must never share artefacts, so the wasm build has a target folder of its own, whichever way was taken.
print_target_dir() { echo "export CARGO_TARGET_DIR=$(quote "$base/wasm")"; }

is_installed() {
    command -v rustc >/dev/null || return 1
    libdir=$(cd "$root" && rustc --print target-libdir --target "$target" 2>/dev/null) || return 1
    set -- "$libdir"/libstd-*.rlib
    [ -e "$1" ]
}

rustup_way() {
    command -v rustup >/dev/null || { say "no rustup on this machine"; return 1; }
    say "rustup target add $target"
    # A closed network may swallow packets instead of refusing them; do not wait for it for ever.
    limit=$(command -v timeout || true)
    (cd "$root" && RUSTUP_MAX_RETRIES=0 ${limit:+"$limit" 180} rustup target add "$target") >&2 && is_installed
}

debian_way() {
    for tool in apt-get apt-cache dpkg dpkg-query flock cargo cc; do
        command -v "$tool" >/dev/null || { say "the Debian way needs \`$tool\`, which is not on this machine"; return 1; }
    done
    if ! is_ready; then
        mkdir -p "$base"
        # Two runs at once: the second waits, then finds the work done. `9` also frees the lock if this run is killed.
        (flock 9; is_ready || make_kit) 9>"$base/.wasm-toolchain.lock" >&2 || return 1
    fi
    echo "export RUSTC=$(quote "$kit/bin/rustc")"
    echo "export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=$(quote "$kit/bin/wasm-ld")"
}

# A kit from before `rust-version` was raised is built anew.
is_ready() { [ -e "$kit/done" ] && is_new_enough "$(version_of "$kit/bin/rustc")"; }
version_of() { "$1" --version | sed -n 's/^rustc \([0-9.]*\).*/\1/p'; }
is_new_enough() { [ -n "$1" ] && dpkg --compare-versions "$1" ge "$needed"; }

# Runs in a subshell with `set -e` switched off by the `||` of its callers, hence the explicit chain.
make_kit() {
    work=$base/wasm-toolchain.part
    rm -rf "$work" "$kit" # leftovers of an interrupted run
    mkdir -p "$work/debs" "$work/bin" "$work/apt/lists/partial" "$work/apt/cache/archives/partial" &&
        read_lists && find_packages && download "$work/debs" &&
        unpack "$work" && wrap "$work" && check_compiler "$work" && build_std "$work" &&
        rm -rf "$work/debs" "$work/apt" "$work/std" "$work/usr/src" "$work/usr/share" &&
        echo "$packages" >"$work/done" &&
        mv "$work" "$kit" &&
        say "ready: $("$kit/bin/rustc" --version)" && return
    say "the Debian way failed (see above)"
    return 1
}

# apt with our lists and our cache beside the machine's own sources and keys. Inside `apt-get download` the sandbox user could not write to us.
with_our_lists() {
    tool=$1
    shift
    if [ "$(id -u)" = 0 ]; then set -- -o APT::Sandbox::User=root "$@"; fi
    LC_ALL=C "$tool" -o "Dir::State::lists=$work/apt/lists" -o "Dir::Cache=$work/apt/cache" "$@"
}

# A source that does not answer is no reason to stop: what the lists know is looked at next.
read_lists() {
    say "reading Debian's package lists"
    with_our_lists apt-get -qq -o Acquire::Retries=3 -o Acquire::Languages=none -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false update ||
        say "not every package source answered"
}

# The packages that one version of a package depends on, one a line.
depends() {
    with_our_lists apt-cache show "$1=$2" | sed -n 's/^Depends: //p' | tr ',|' '\n\n' | sed 's/^ *\([a-z0-9.+-]*\).*/\1/'
}
depends_on() { depends "$1" "$2" | grep -E -m1 "$3" || { say "Debian's \`$1\` names no \`$3\`"; return 1; }; }

# Debian's Rust moves with each security update, and LLVM with it: every name but the first two is read from the metadata.
find_packages() {
    version=$(with_our_lists apt-cache madison rustc-web | sed 's/^[^|]*| *\([^ |]*\).*/\1/' | sort -V | tail -n 1)
    [ -n "$version" ] || { say "the package lists name no \`rustc-web\`"; advise; return 1; }
    is_new_enough "$version" || { say "the newest \`rustc-web\` in the package lists is $version, but Rust $needed is needed"; advise; return 1; }
    std=$(depends_on libstd-rust-web-dev "$version" '^libstd-rust-web-[0-9]') &&
        llvm=$(depends_on "$std" "$version" '^libllvm[0-9]') || return 1
    number=$(expr "$llvm" : 'libllvm\([0-9]*\)')
    packages="rustc-web=$version rust-web-src=$version libstd-rust-web-dev=$version $std=$version lld-$number $llvm"
    ! with_our_lists apt-cache show "rust-web-llvm=$version" >/dev/null 2>&1 || packages="$packages rust-web-llvm=$version"
    # What those libraries themselves link to and a bare machine lacks.
    for package in $(with_our_lists apt-cache --important --recurse depends "$llvm" "lld-$number" | grep -E '^lib[a-z0-9.+-]+$' | sort -u); do
        case " $packages " in *" $package "* | *" $package="*) continue ;; esac
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || packages="$packages $package"
    done
}

advise() {
    say "what helps: \`rustup target add $target\`, where rustup reaches its server; else apt sources (see /etc/apt) of Debian 12 or"
    say "later with the security archive, which carries newer compilers, and a mirror that answers"
}

download() {
    say "downloading $packages"
    # shellcheck disable=SC2086
    (cd "$1" && with_our_lists apt-get -qq download $packages)
}

unpack() {
    say "unpacking"
    for deb in "$1"/debs/*.deb; do dpkg -x "$deb" "$1" || return 1; done
}

# Wrappers instead of a global LD_LIBRARY_PATH, which every other program of the build would inherit.
wrap() {
    (cd "$1" && find usr -name 'librustc_driver-*.so' -o -name 'libLLVM*.so*' -o -name 'lib*.so.[0-9]*') |
        sed 's|/[^/]*$||' | sort -u >"$1/libs"
    linker=$(cd "$1" && find usr/bin usr/lib/llvm-*/bin -name 'wasm-ld*' | sort | head -n 1)
    [ -n "$linker" ] || { say "the lld package holds no wasm-ld"; return 1; }
    libs=$(sed 's|^|$kit/|' "$1/libs" | paste -sd: -) && rm "$1/libs"
    for pair in "rustc usr/bin/rustc" "wasm-ld $linker"; do
        {
            echo '#!/bin/sh'
            echo 'kit=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)'
            echo "LD_LIBRARY_PATH=\"$libs\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}\" exec \"\$kit/${pair#* }\" \"\$@\""
        } >"$1/bin/${pair%% *}"
        chmod +x "$1/bin/${pair%% *}"
    done
    "$1/bin/rustc" --version && "$1/bin/wasm-ld" --version
}

# A package may hold another compiler than its version says; better to hear so now than from std's build in two minutes.
check_compiler() {
    found=$(version_of "$1/bin/rustc")
    is_new_enough "$found" || { say "the compiler in \`rustc-web\` is ${found:-not one that runs here}, but Rust $needed is needed"; advise; return 1; }
}

# std from its packaged source (with its vendored crates), once, into the sysroot; from then on a stable build needs no -Z.
build_std() {
    say "building std for $target (about two minutes, once)"
    mkdir -p "$1/std/src" && echo '#![no_std]' >"$1/std/src/lib.rs" &&
        printf '[package]\nname = "only-std"\nedition = "2024"\n[workspace]\n' >"$1/std/Cargo.toml" || return 1
    # Bitcode stays in the rlibs, or a build with lto could not read them.
    (
        cd "$1/std" &&
            unset CARGO_BUILD_TARGET RUSTC_WRAPPER RUSTFLAGS CARGO_ENCODED_RUSTFLAGS &&
            RUSTC_BOOTSTRAP=1 RUSTC="$1/bin/rustc" CARGO_TARGET_DIR="$1/std/target" \
                CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER="$1/bin/wasm-ld" \
                CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="-Cembed-bitcode=yes" \
                cargo build --quiet --release --target "$target" -Zbuild-std=std,panic_abort,panic_unwind,test,proc_macro
    ) || return 1
    lib=$1/usr/lib/rustlib/$target/lib
    mkdir -p "$lib" &&
        find "$1/std/target/$target/release" -name '*.rlib' ! -name 'libonly_std*' -exec cp {} "$lib/" \;
    set -- "$lib"/libstd-*.rlib
    [ -e "$1" ] || { say "no libstd was built"; return 1; }
}

case ${BACKCAST_WASM:-} in
    installed) is_installed || die "the toolchain has no std for $target; \`rustup target add $target\` gives it" ;;
    rustup) is_installed || rustup_way || die "rustup could not add $target" ;;
    debian) debian_way || exit 1 ;;
    "")
        # A finished kit goes before rustup: on a closed network rustup would make each build wait for its time-out.
        if is_installed; then :
        elif [ -e "$kit/done" ]; then debian_way || exit 1
        elif rustup_way; then :
        else
            say "rustup did not bring the target; taking Debian's packages"
            debian_way || exit 1
        fi ;;
    *) die "BACKCAST_WASM is \`$BACKCAST_WASM\`; allowed: installed, rustup, debian, or nothing" ;;
esac
print_target_dir
