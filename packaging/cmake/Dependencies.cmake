# SPDX-License-Identifier: GPL-3.0-or-later
# Every third-party library of Clipscope, as one imported target each.
include(FeatureSummary)
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(OpenMP REQUIRED)
find_package(BLAS REQUIRED)
find_package(LAPACK REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(CURL REQUIRED)
find_package(CLI11 REQUIRED)
find_package(Qt6 6.4 REQUIRED COMPONENTS Core Gui Widgets Svg PrintSupport Test)
find_package(QCustomPlotQt6 REQUIRED)
pkg_check_modules(AV REQUIRED IMPORTED_TARGET libavformat libavcodec libswscale libavutil)
pkg_check_modules(UTF8PROC REQUIRED IMPORTED_TARGET libutf8proc)
# Its one flag is for those who build it, and would keep rooms from sharing a precompiled header.
set_property(TARGET PkgConfig::UTF8PROC PROPERTY INTERFACE_COMPILE_OPTIONS "")
pkg_check_modules(HWY REQUIRED IMPORTED_TARGET libhwy)

# OpenCV's package configuration stands in Debian's libopencv-dev, which pulls in a hundred packages; core and imgproc are enough.
find_path(OPENCV_INCLUDE_DIR opencv2/imgproc.hpp PATH_SUFFIXES opencv4 REQUIRED)
find_library(OPENCV_CORE_LIBRARY opencv_core REQUIRED)
find_library(OPENCV_IMGPROC_LIBRARY opencv_imgproc REQUIRED)
add_library(clipscope_opencv INTERFACE)
target_include_directories(clipscope_opencv SYSTEM INTERFACE ${OPENCV_INCLUDE_DIR})
target_link_libraries(clipscope_opencv INTERFACE ${OPENCV_IMGPROC_LIBRARY} ${OPENCV_CORE_LIBRARY})

# LibTorch: a LibTorch the user names with Torch_DIR, else PyPI's wheel unpacked at CLIPSCOPE_TORCH_ROOT (packaging/setup does it).
add_library(clipscope_torch INTERFACE)
if(Torch_DIR)
  find_package(Torch REQUIRED)
  if(TORCH_CXX_FLAGS MATCHES "_GLIBCXX_USE_CXX11_ABI=0")
    message(FATAL_ERROR "The LibTorch at ${Torch_DIR} uses the old C++ string ABI; take a cxx11-abi build of LibTorch.")
  endif()
  target_include_directories(clipscope_torch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
  add_library(clipscope_torch_cpu INTERFACE)
  target_link_libraries(clipscope_torch_cpu INTERFACE ${TORCH_LIBRARIES})
  target_link_libraries(clipscope_torch INTERFACE clipscope_torch_cpu)
else()
  set(CLIPSCOPE_TORCH_ROOT "" CACHE PATH "Folder in which the torch wheel is unpacked (holds torch/ and nvidia/)")
  if(NOT EXISTS ${CLIPSCOPE_TORCH_ROOT}/torch/lib/libtorch_cpu.so)
    message(FATAL_ERROR "LibTorch is missing: run packaging/setup, or pass -DTorch_DIR=... or -DCLIPSCOPE_TORCH_ROOT=...")
  endif()
  set(torch_lib ${CLIPSCOPE_TORCH_ROOT}/torch/lib)
  target_include_directories(clipscope_torch SYSTEM INTERFACE
    ${CLIPSCOPE_TORCH_ROOT}/torch/include ${CLIPSCOPE_TORCH_ROOT}/torch/include/torch/csrc/api/include)
  add_library(clipscope_torch_cpu SHARED IMPORTED)
  set_target_properties(clipscope_torch_cpu PROPERTIES IMPORTED_LOCATION ${torch_lib}/libtorch_cpu.so)
  target_link_libraries(clipscope_torch INTERFACE clipscope_torch_cpu ${torch_lib}/libc10.so)
  # libtorch_cpu of the CUDA wheel names libraries that CPU use never calls.
  target_link_options(clipscope_torch INTERFACE -Wl,--allow-shlib-undefined)
  # With every nvidia wheel beside it, the CUDA half is linked too and cuda:N becomes a device.
  if(EXISTS ${CLIPSCOPE_TORCH_ROOT}/nvidia/cudnn)
    target_link_libraries(clipscope_torch INTERFACE -Wl,--no-as-needed ${torch_lib}/libtorch_cuda.so ${torch_lib}/libc10_cuda.so -Wl,--as-needed)
  endif()
  list(APPEND CMAKE_BUILD_RPATH ${torch_lib} ${CLIPSCOPE_TORCH_ROOT}/nvidia/cu13/lib)
endif()

# The torch wheel brings an OpenMP runtime of its own, and one process must have one: everything else takes that one too.
add_library(clipscope_openmp INTERFACE)
if(EXISTS ${CLIPSCOPE_TORCH_ROOT}/torch/lib/libgomp.so.1 AND NOT Torch_DIR)
  target_compile_options(clipscope_openmp INTERFACE ${OpenMP_CXX_FLAGS})
  target_link_libraries(clipscope_openmp INTERFACE ${CLIPSCOPE_TORCH_ROOT}/torch/lib/libgomp.so.1)
else()
  target_link_libraries(clipscope_openmp INTERFACE OpenMP::OpenMP_CXX)
endif()

# Debian ships FAISS as a static library that needs OpenMP, BLAS and LAPACK behind it. LibTorch stands before these two: the first
# library that offers sgemm_ serves the whole process, and LibTorch's own is the faster one and keeps to its thread limit.
find_library(FAISS_LIBRARY faiss REQUIRED)
add_library(clipscope_faiss STATIC IMPORTED)
set_target_properties(clipscope_faiss PROPERTIES IMPORTED_LOCATION ${FAISS_LIBRARY})
target_link_libraries(clipscope_faiss INTERFACE clipscope_openmp clipscope_torch_cpu)

target_link_libraries(clipscope_torch_cpu INTERFACE LAPACK::LAPACK BLAS::BLAS)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # What it must be told to keep code that uses a precompiled header.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
    ${CCACHE_PROGRAM})
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
endif()
