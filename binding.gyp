# The native part as users build it (scripts/install.mjs); developers have native/CMakeLists.txt as well.
#   otto_core          base, posix and core, once for all
#   otto               the addon
#   otto_library       libotto.so: the same core with C functions, for Python
#   otto-bash-<version>  the helpers as builtins of bash, where scripts/install.mjs has found its headers (native/bash/README.md)
#   otto-mmap-{get,set}, otto-{send,recv}  the helpers; on Linux without libstdc++ and, where there is a static libc, static: they start in half the time so
{
  "variables": {
    # The version of bash for which there are headers, as in "5.2", and their directory; empty: no builtins.
    "bash_version%": "",
    "bash_headers%": "/usr/include/bash",
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
          "libraries": ["-lrt", "-lc", "-lgcc"],
        }],
      ],
    },
    {
      "target_name": "helper_parts",
      "type": "static_library",
      "sources": ["helpers/arguments.cc", "helpers/attached.cc", "helpers/find.cc", "helpers/forward_input.cc", "helpers/get_command.cc", "helpers/listed.cc", "helpers/move_bytes.cc", "helpers/recv_command.cc", "helpers/send_command.cc", "helpers/session.cc", "helpers/set_command.cc", "helpers/socket_session.cc"],
    },
    {
      "target_name": "otto-mmap-set",
      "type": "executable",
      "dependencies": ["helper_parts", "otto_core"],
      "sources": ["helpers/mmap_set.cc", "helpers/own_process.cc"],
    },
    {
      "target_name": "otto-mmap-get",
      "type": "executable",
      "dependencies": ["helper_parts", "otto_core"],
      "sources": ["helpers/mmap_get.cc", "helpers/own_process.cc"],
    },
    {
      "target_name": "otto-send",
      "type": "executable",
      "dependencies": ["helper_parts", "otto_core"],
      "sources": ["helpers/socket_send.cc"],
    },
    {
      "target_name": "otto-recv",
      "type": "executable",
      "dependencies": ["helper_parts", "otto_core"],
      "sources": ["helpers/socket_recv.cc"],
    },
  ],
  "conditions": [
    ["bash_version!=''", {
      "targets": [{
        # Stays in memory when bash unloads it (nodelete): signal handlers lead into it.
        "target_name": "otto_bash",
        "product_name": "otto-bash-<(bash_version)",
        "product_prefix": "",
        "product_extension": "so",
        "product_dir": "<(PRODUCT_DIR)",
        "type": "shared_library",
        "dependencies": ["helper_parts", "otto_core"],
        "include_dirs": ["helpers"],
        "cflags_c": ["-std=gnu11", "-fvisibility=hidden", "-DSHELL", "-I<(bash_headers)", "-I<(bash_headers)/builtins", "-I<(bash_headers)/include"],
        "cflags_cc": ["-fno-threadsafe-statics"],
        "sources": ["native/bash/adapter.c", "native/bash/builtins.cc", "native/bash/output_order.cc", "native/bash/shell_ways.cc"],
        "ldflags": ["-nodefaultlibs", "-Wl,-z,nodelete"],
        "libraries": ["-lc", "-lgcc"],
      }],
    }],
    ["OS=='linux'", {
      "target_defaults": {
        "target_conditions": [
          ["_type=='executable'", {
            "ldflags!": ["-rdynamic"],
            "conditions": [
              ["static_libc=='yes'", {
                "ldflags": ["-static", "-nodefaultlibs"],
                "libraries": ["-Wl,--start-group -lc -lrt -lgcc -lgcc_eh -Wl,--end-group"],
              }, {
                "ldflags": ["-nodefaultlibs"],
                "libraries": ["-lrt", "-lc", "-lgcc"],
              }],
            ],
          }],
        ],
      },
    }],
  ],
}
