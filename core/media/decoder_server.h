// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace clipscope {

/// The whole of the program clipscope-decoder: decodes what the program that started it asks for, until that program
/// ends. Before it touches a foreign byte it gives up what it does not need: memory beyond its limit (argv[1], bytes),
/// and every system call that opens files or sockets or starts programs. Media files come as descriptors. Ends with
/// status 2 when it was not started by VideoReader.
int runDecoder(int argc, char** argv);

} // namespace clipscope
