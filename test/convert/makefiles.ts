/** A project that make builds, and what is done with it. */
export interface Built {
  readonly files: Readonly<Record<string, string>>;
  /** Each is run by make in one copy of the files and by otto in another. */
  readonly steps: readonly {
    readonly targets: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
  }[];
  /** What is told at the conversion, in the order of the lines. */
  readonly reports: readonly RegExp[];
  /** False: it makes its files anew each time, with make as well. */
  readonly fresh?: boolean;
}

/** Makefiles of the kinds that people have. */
export const MAKEFILES: Readonly<Record<string, Built>> = {
  'a C program with objects and a pattern rule': {
    files: {
      Makefile: `# The program
CFLAGS := -O1 -Wall
CFLAGS += -Isrc
BUILD = build
SRC = $(wildcard src/*.c)
OBJ = $(SRC:src/%.c=$(BUILD)/%.o)
VERSION := $(shell cat version | tr -d v)
Q = @
MSG = "built $(VERSION)"

.PHONY: all clean
all: $(BUILD)/app ## builds all

$(BUILD)/app: $(OBJ)
	$(CC) $(LDFLAGS) -o $@ $^
	$(Q)echo $(MSG) '$(VERSION)' "$(CFLAGS)" > $(BUILD)/note

$(BUILD)/%.o: src/%.c src/app.h | $(BUILD)
	$(Q)$(CC) $(CFLAGS) -DVERSION='"$(VERSION)"' -c -o $@ $<

$(BUILD):
	mkdir $@

clean:
	-rm -r $(BUILD)
`,
      version: 'v1.2\n',
      'src/app.h': 'const char *version(void);\n',
      'src/main.c': '#include "app.h"\n#include <stdio.h>\nint main(void) { return puts(version()) < 0; }\n',
      'src/version.c': '#include "app.h"\nconst char *version(void) { return VERSION; }\n',
    },
    steps: [{ targets: [] }, { targets: ['clean'] }, { targets: ['clean'] }, { targets: ['all'] }],
    reports: [/:5: \$\(wildcard src\/\*\.c\) stands for the files/],
  },
  'a C program by rules that make has of its own': {
    files: {
      Makefile: `prog: main.o lib/twice.o
	$(LINK.o) $^ $(LDLIBS) -o $@
main.o: twice.h
tool: tool.c
.SUFFIXES: .c .txt
.c.txt:
	wc -l < $< | tr -d ' ' > $@
all: prog tool main.txt
	./prog; echo "$$?" > code
.DEFAULT_GOAL := all
`,
      'twice.h': 'int twice(int);\n',
      'main.c': '#include "twice.h"\nint main(void) { return twice(21); }\n',
      'lib/twice.c': 'int twice(int n) { return 2 * n; }\n',
      'tool.c': 'int main(void) { return 0; }\n',
    },
    steps: [{ targets: ['prog', 'tool', 'main.txt'] }, { targets: [] }],
    reports: [],
  },
  'a collection of scripts': {
    files: {
      Makefile: `NODE ?= node
ARGS =
GREETING ?= hello world
export STAGE = test stage
unknown = $(NOT_SET)
.PHONY: test lint build fails help quotes shell
build: lint
	$(NODE) -e 'require("fs").writeFileSync("out.js", process.env.STAGE + "$$HOME".length)' $(ARGS)
lint:
	@# nothing to see
	cd sub && pwd | sed 's|.*/||' > ../where
	pwd | sed 's|.*/||' | grep -c sub >> where || true
	value=1; echo "a$$value$(unknown)" > value
	echo "b$$value" >> value
test: build; echo "$(GREETING)" $(GREETING) '$(GREETING)' > greeting
fails:
	echo before > fails.txt
	-false
	false; echo goes on >> fails.txt
	test -f nothing && echo no
	echo never >> fails.txt
quotes:
	echo "it's" 'a "b"' \\
	  \\$$x  > quotes
	for i in 1 2 3; do \\
	  if [ $$i = 2 ]; then continue; fi; \\
	  echo "$$i" >> quotes; \\
	done
	printf '%s\\n' a b | while read x; do echo "[$$x]"; done >> quotes
	exit 0
	false | true
	{ echo one; echo two; } >> quotes # done
shell:
	echo $(shell echo from a shell; false) > shell
`,
      'sub/keep': '',
    },
    steps: [
      { targets: ['build'] },
      { targets: ['test'] },
      { targets: ['test'], env: { GREETING: 'bye  all' } },
      { targets: ['fails'] },
      { targets: ['quotes', 'shell'] },
    ],
    reports: [],
    fresh: false,
  },
  documents: {
    files: {
      Makefile: `DOCS := intro guide
PAGES := $(addprefix html/,$(addsuffix .html,$(DOCS)))
define page
@echo "<!-- $(1) -->" > $@
@sed 's/^# \\(.*\\)/<h1>\\1<\\/h1>/' $< >> $@
endef

site: $(PAGES) html/index.html
$(PAGES): html/%.html: text/%.md style.css | html/
	$(call page,$*)
html/index.html: $(PAGES)
	ls $(notdir $^) 2>/dev/null; echo $(notdir $^) $(@F) $(@D) $(<F) $(words $^) > $@
html/:
	mkdir -p $@
ifeq ($(words $(DOCS)),2)
extra: site
	cp html/index.html extra
else
extra:
	false
endif
`,
      'text/intro.md': '# Intro\n',
      'text/guide.md': '# Guide\n',
      'style.css': '',
    },
    steps: [{ targets: [] }, { targets: ['extra'] }],
    reports: [/:15: "ifeq .*" is decided now: true/],
  },
  'images and versions, as with Docker or Go': {
    files: {
      Makefile: `SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
APP ?= shop
TAG ?= $(shell cat VERSION)
IMAGE = registry/$(APP):$(TAG)
LDFLAGS = -X main.version=$(TAG)
PLATFORMS = linux darwin
BINS = $(foreach p,$(PLATFORMS),bin/$(APP)-$p)
RUN = echo run --rm

all: $(BINS) image
bin/$(APP)-%: main.go
	@mkdir -p $(dir $@)
	echo GOOS=$* build -ldflags "$(LDFLAGS)" $(RUN) > $@
.PHONY: image all
image: Dockerfile
	echo "$(IMAGE)" > image.txt
	echo $(IMAGE) $(if $(PUSH),pushed,kept) $(or $(PUSH),local) >> image.txt
	a=1; false; echo not reached >> image.txt
`,
      VERSION: '1.10\n',
      'main.go': '',
      Dockerfile: '',
    },
    steps: [
      { targets: ['bin/shop-linux', 'bin/shop-darwin'] },
      { targets: ['image'] },
      { targets: ['image'], env: { TAG: '2' } },
    ],
    reports: [/:3: what names and functions make of "APP"/],
  },
  'variables of targets, double colons and one shell': {
    files: {
      Makefile: `.ONESHELL:
MODE = release
FLAGS = -m $(MODE)
both: debug plain
	true
debug: MODE = debug
debug: FLAGS += -g
debug: common | out
	x="$(MODE) $(FLAGS)"
	echo "$$x" > out/debug
	cd out
	false
	pwd | sed 's|.*/||' > here
plain: common | out
	echo "$(MODE) $(FLAGS)" > out/plain
common: source
	cp source $@
log::
	echo one >> log.txt
log::
	echo two >> log.txt
a b &: source
	cp source a; cp source b
uses: b
	cat b > uses
out:
	mkdir out
.PHONY: log both debug plain
`,
      source: 'text\n',
    },
    steps: [{ targets: ['uses'] }, { targets: ['both'] }, { targets: ['log'] }],
    reports: [],
  },
};
