# The native part as users build it (scripts/install.mjs); developers have native/CMakeLists.txt as well.
#   otto_core          base, posix and core, once for all
#   otto               the addon
#   otto_library       libotto.so: the same core with C functions, for Python
#   otto-mmap-{get,set}  the helpers; on Linux without libstdc++ and, where there is a static libc, static: they start in half the time so
{
  "variables": {
    # Some distributions have the static C library in a package of its own (Fedora: glibc-static).
    "static_libc": "<!(sh -c 'echo \"int main(void) { return 0; }\" | ${CC:-cc} -static -x c -o /dev/null - 2>/dev/null && echo yes || echo no')",
    "flags": ["-std=c++20", "-fno-exceptions", "-fno-rtti", "-fvisibility=hidden", "-Wall", "-Wextra"],
  },
  "target_defaults": {
    "include_dirs": ["native"],
    "cflags!": ["-fno-omit-frame-pointer"],
    "cflags_cc!": ["-std=gnu++17", "-std=gnu++20"],
    "cflags_cc": ["<@(flags)"],
    "xcode_settings": {
      "CLANG_CXX_LANGUAGE_STANDARD": "c++20",
      "CLANG_CXX_LIBRARY": "libc++",
      "MACOSX_DEPLOYMENT_TARGET": "11.0",
      "GCC_SYMBOLS_PRIVATE_EXTERN": "YES",
    },
  },
  "targets": [
    {
      "target_name": "otto_core",
      "type": "static_library",
      "sources": [
        "<!@(node -p \"['base','posix','core'].flatMap((d) => fs.readdirSync('native/' + d).filter((f) => f.endsWith('.cc') && f !== 'c_api.cc').map((f) => 'native/' + d + '/' + f)).join(' ')\")",
      ],
    },
    {
      "target_name": "otto",
      "dependencies": ["otto_core"],
      "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")"],
      "defines": ["NAPI_VERSION=8", "NODE_ADDON_API_DISABLE_CPP_EXCEPTIONS"],
      "sources": [
        "<!@(node -p \"fs.readdirSync('native/addon').filter((f) => f.endsWith('.cc')).map((f) => 'native/addon/' + f).join(' ')\")",
      ],
    },
    {
      "target_name": "otto_library",
      "product_name": "libotto",
      "type": "shared_library",
      "product_dir": "<(PRODUCT_DIR)",
      "product_extension": "so",
      "dependencies": ["otto_core"],
      "sources": ["native/core/c_api.cc"],
      "conditions": [
        ["OS=='linux'", {
          "ldflags": ["-nodefaultlibs", "-Wl,--no-undefined"],
          "libraries": ["-lc", "-lgcc"],
        }],
      ],
    },
    {
      "target_name": "helper_parts",
      "type": "static_library",
      "sources": ["helpers/arguments.cc", "helpers/session.cc", "helpers/move_bytes.cc"],
    },
    {
      "target_name": "otto-mmap-set",
      "type": "executable",
      "dependencies": ["helper_parts", "otto_core"],
      "sources": ["helpers/mmap_set.cc"],
    },
    {
      "target_name": "otto-mmap-get",
      "type": "executable",
      "dependencies": ["helper_parts", "otto_core"],
      "sources": ["helpers/mmap_get.cc"],
    },
  ],
  "conditions": [
    ["OS=='linux'", {
      "target_defaults": {
        "target_conditions": [
          ["_type=='executable'", {
            "ldflags!": ["-rdynamic"],
            "conditions": [
              ["static_libc=='yes'", {
                "ldflags": ["-static", "-nodefaultlibs"],
                "libraries": ["-Wl,--start-group -lc -lgcc -lgcc_eh -Wl,--end-group"],
              }, {
                "ldflags": ["-nodefaultlibs"],
                "libraries": ["-lc", "-lgcc"],
              }],
            ],
          }],
        ],
      },
    }],
  ],
}
