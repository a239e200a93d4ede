#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The check of the architecture finds what it claims to: a small clean tree passes, and each violation planted in it is named."""
import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
from check_architecture import LICENCE, check  # noqa: E402

CPP, SCRIPT = f"// {LICENCE}\n", f"# {LICENCE}\n"
HEADER = CPP + "#pragma once\n"
TABLE = """# A text
| room | holds | may include |
|---|---|---|
| base | errors | - |
| media | videos | base |
| nn | networks | base |
| library | the catalogue | base, media |

| another | table |
"""
CLEAN = {
    "CONTRIBUTING.md": TABLE,
    "core/base/CMakeLists.txt": SCRIPT + "clipscope_room(base SOURCES error.cpp)\n",
    "core/base/error.h": HEADER + "#include <string>\n",
    "core/base/error.cpp": CPP + '#include "base/error.h"\n// processEvents in a comment is no call, nor is "system(" in a text\nconst char* t = "system(x)";\n',
    "core/media/CMakeLists.txt": SCRIPT + "clipscope_room(media SOURCES video_reader.cpp ROOMS base LIBRARIES PkgConfig::AV)\n",
    "core/media/video_reader.h": HEADER + '#include "base/error.h"\n',
    "core/media/decoder_internal.h": HEADER + "#include <libavcodec/avcodec.h>\n",
    "core/media/video_reader.cpp": CPP + '#include "media/video_reader.h"\n#include "media/decoder_internal.h"\n',
    "core/nn/weights.h": HEADER + '#include <ATen/core/Tensor.h>\n#include "base/error.h"\n',
    "core/library/video_library.h": HEADER + '#include "media/video_reader.h"\n',
    "ui/CMakeLists.txt": SCRIPT + "add_library(ui search/search_page.cpp shell/main_window.cpp)\ntarget_link_libraries(ui PUBLIC core_library)\n",
    "ui/jobs/job_manager.h": HEADER + "#include <QObject>\n",
    "ui/search/search_page.h": HEADER + '#include "jobs/job_manager.h"\n',
    "ui/search/search_page.cpp": CPP + '#include "search/search_page.h"\n#include "library/video_library.h"\n#include "search_page.moc"\n',
    "ui/shell/main_window.cpp": CPP + '#include "search/search_page.h"\n',
    "app/CMakeLists.txt": SCRIPT + "add_executable(clipscope-cli cli/cli_main.cpp)\nadd_executable(clipscope main.cpp)\n",
    "app/main.cpp": CPP + '#include "jobs/job_manager.h"\n',
    "app/cli/cli_main.cpp": CPP + '#include "library/video_library.h"\n',
    "tests/core/base/CMakeLists.txt": SCRIPT + "foreach(name error)\nendforeach()\n",
    "tests/core/base/tst_error.cpp": CPP + '#include "base/error.h"\n#include <QTest>\n',
    "packaging/setup": "#!/bin/sh\n" + SCRIPT,
}

# what is wrong: the files planted, and what the one line of the check must hold
PLANTED = {
    "a room its row does not name": ({"core/base/error.cpp": CPP + '#include "media/video_reader.h"\n'},
                                     "core/base/error.cpp:2: room base includes media/video_reader.h; it may include nothing"),
    "the same by a relative path": ({"core/base/error.cpp": CPP + '#include "../media/video_reader.h"\n'}, "room base includes"),
    "the same in <>": ({"core/base/error.cpp": CPP + "#include <media/video_reader.h>\n"}, "room base includes"),
    "a room without a row": ({"core/probe/linear.h": HEADER}, "room probe has no row"),
    "a file outside a room": ({"core/stray.h": HEADER}, "stands outside a room"),
    "a row that names no room": ({"CONTRIBUTING.md": TABLE.replace("| - |", "| gnn |")}, "room base may include gnn, which has no row"),
    "rooms in a circle": ({"CONTRIBUTING.md": TABLE.replace("| - |", "| library |")}, "in a circle: base, library, media, nn"),
    "no table": ({"CONTRIBUTING.md": "Welcome.\n"}, "has no table"),
    "a room linked against its row": ({"core/media/CMakeLists.txt": SCRIPT + "clipscope_room(media SOURCES video_reader.cpp ROOMS base nn)\n"},
                                      "room media links room nn"),
    "an engine linked PUBLIC": ({"core/nn/CMakeLists.txt": SCRIPT + "target_link_libraries(core_nn PUBLIC clipscope_torch)\n"}, "is linked PUBLIC"),
    "an engine linked by ui": ({"ui/CMakeLists.txt": CLEAN["ui/CMakeLists.txt"] + "target_link_libraries(ui PRIVATE PkgConfig::AV)\n"},
                               "links PkgConfig::AV"),
    "an internal header of another room": ({"core/library/video_library.h": HEADER + '#include "media/decoder_internal.h"\n'},
                                           "is internal to room media"),
    "Qt in core": ({"core/base/error.h": HEADER + "#include <QString>\n"}, "core includes Qt: QString"),
    "QCustomPlot in core": ({"core/base/error.h": HEADER + "#include <qcustomplot.h>\n"}, "core includes Qt: qcustomplot.h"),
    "core knows ui": ({"core/base/error.h": HEADER + '#include "jobs/job_manager.h"\n'}, "core includes ui/jobs/job_manager.h"),
    "core knows ui by a relative path": ({"core/base/error.h": HEADER + '#include "../../ui/jobs/job_manager.h"\n'},
                                         "core includes ui/jobs/job_manager.h"),
    "a header that is not there": ({"core/base/error.h": HEADER + '#include "base/gone.h"\n'}, "base/gone.h is not in core"),
    "torch reaches ui through a header of core": ({"ui/search/search_page.h": HEADER + '#include "nn/weights.h"\n'},
                                                  "core/nn/weights.h:3: ATen/core/Tensor.h reaches ui: ui/search/search_page.h -> core/nn/weights.h"),
    "FFmpeg reaches app through two headers": ({"core/media/video_reader.h": HEADER + '#include "media/decoder_internal.h"\n'},
                                               "reaches app: app/cli/cli_main.cpp -> core/library/video_library.h -> core/media/video_reader.h"),
    "SQLite in ui": ({"ui/search/search_page.h": HEADER + "#include <sqlite3.h>\n"}, "sqlite3.h reaches ui"),
    "OpenCV in app": ({"app/main.cpp": CPP + "#include <opencv2/core.hpp>\n"}, "opencv2/core.hpp reaches app"),
    "FAISS in ui": ({"ui/search/search_page.h": HEADER + "#  include <faiss/Index.h>\n"}, "faiss/Index.h reaches ui"),
    "Qt in the command line twin": ({"app/cli/cli_main.cpp": CPP + '#include "jobs/job_manager.h"\n'}, "QObject reaches the command line twin"),
    "a page that knows another": ({"ui/library/library_page.h": HEADER + '#include "search/search_page.h"\n'},
                                  "folder library includes search/search_page.h"),
    "a header that ui and core both have": ({"ui/base/error.h": HEADER}, "ui/base/error.h: core has a file of the same path"),
    "ui knows app": ({"app/composition.h": HEADER, "ui/search/search_page.h": HEADER + '#include "../../app/composition.h"\n'},
                     "ui includes app/composition.h"),
    "a long file": ({"core/base/error.h": HEADER + "\n" * 599}, "601 lines; 600 at most"),
    "no licence line": ({"core/base/error.h": "#pragma once\n"}, "core/base/error.h:1: the first line is not"),
    "a script without its licence line": ({"packaging/setup": "#!/bin/sh\necho\n"}, "packaging/setup:1: the first line"),
    "no pragma once": ({"core/base/error.h": CPP}, "no #pragma once"),
    "using namespace in a header": ({"core/base/error.h": HEADER + "using namespace std;\n"}, "core/base/error.h:3: using namespace"),
    "a character outside ASCII": ({"core/base/error.h": HEADER + "\n// 5 \u00b5s\n"}, "core/base/error.h:4: a character outside ASCII"),
    "a name in camel case": ({"core/base/RgbImage.h": HEADER}, "snake_case"),
    "a name that says nothing": ({"core/base/text_utils.h": HEADER}, "'utils' says nothing"),
    "a second manager": ({"ui/jobs/plot_manager.h": HEADER}, "the only manager is JobManager"),
    "processEvents": ({"ui/search/search_page.h": HEADER + "\nvoid f() { QApplication::processEvents(); }\n"}, "search_page.h:4: processEvents"),
    "terminate": ({"ui/search/search_page.h": HEADER + "void f(QThread* t) { t->terminate(); }\n"}, "terminate()"),
    "system": ({"core/base/error.h": HEADER + 'int f() { return std::system("ls"); }\n'}, "system()"),
    "popen": ({"core/base/error.h": HEADER + 'FILE* f() { return popen("ls", "r"); }\n'}, "popen()"),
    "a singleton": ({"ui/shell/settings.h": HEADER + "struct S { static S& instance(); };\n"}, "a singleton"),
    "a sleep in the window": ({"ui/search/search_page.h": HEADER + "void f() { QThread::msleep(5); }\n"}, "a sleep in the window's code"),
    "a file nobody compiles": ({"core/base/forgotten.cpp": CPP}, "core/base/forgotten.cpp: no CMakeLists.txt names it"),
    "a test nobody runs": ({"tests/core/base/tst_forgotten.cpp": CPP}, "tests/core/base/tst_forgotten.cpp: no CMakeLists.txt names it"),
    "a test script nobody runs": ({"tests/core/base/test_it.py": SCRIPT}, "tests/core/base/test_it.py: no CMakeLists.txt names it"),
}


class CheckArchitecture(unittest.TestCase):
    def violations(self, files):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in {**CLEAN, **files}.items():
                path = pathlib.Path(folder) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            return check(folder)[0]

    def test_clean_tree_passes(self):
        self.assertEqual(self.violations({}), [])

    def test_planted_violations_are_named(self):
        for what, (files, line) in PLANTED.items():
            with self.subTest(what):
                found = self.violations(files)
                self.assertTrue(any(line in violation for violation in found), f"expected '{line}', found {found}")

    def test_empty_tree_is_no_success(self):
        with tempfile.TemporaryDirectory() as folder:
            violations, files = check(folder)
            self.assertTrue(violations)
            self.assertEqual(files, 0)


if __name__ == "__main__":
    unittest.main()
