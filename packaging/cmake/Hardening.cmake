# SPDX-License-Identifier: GPL-3.0-or-later
# Clipscope reads files from anywhere: stack protector, fortified libc calls, PIE, read-only relocations.
add_compile_options(-fstack-protector-strong)
if(CMAKE_BUILD_TYPE MATCHES "Rel" AND NOT CLIPSCOPE_SANITIZER)
  add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
endif()
include(CheckPIESupported)
check_pie_supported()
add_link_options(-Wl,-z,relro,-z,now)
