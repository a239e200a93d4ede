// SPDX-License-Identifier: GPL-3.0-or-later
#include "media/decoder_server.h"

int main(int argc, char** argv)
{
    return clipscope::runDecoder(argc, argv);
}
