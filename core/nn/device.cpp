// SPDX-License-Identifier: GPL-3.0-or-later
#include "nn/device.h"

#include "nn/model_threads.h"
#include "nn/resolved_device.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>

#include <charconv>

namespace clipscope {

namespace {

void setThreads(int threads)
{
    static const int usual = at::get_num_threads(); // before any limit: OMP_NUM_THREADS, or one a core
    at::set_num_threads(threads > 0 ? threads : usual);
}

std::string resolvedName(const std::string& name)
{
    return deviceName(parseDevice(name));
}

const LateCode kSetModelThreads(setModelThreads, setThreads);
const LateCode kResolvedDevice(resolvedDevice, resolvedName);

} // namespace

int gpuCount()
{
    // Without the CUDA half of LibTorch the hooks answer 0; a broken driver throws.
    try {
        return at::hasCUDA() ? int(at::detail::getCUDAHooks().deviceCount()) : 0;
    } catch (const std::exception&) {
        return 0;
    }
}

at::Device parseDevice(const std::string& name)
{
    if (name == "cpu")
        return at::kCPU;
    if (name.empty() || name == "auto")
        return gpuCount() > 0 ? at::Device(at::kCUDA, 0) : at::Device(at::kCPU);
    int index = name == "cuda" ? 0 : -1;
    if (name.starts_with("cuda:")) {
        const char* end = name.data() + name.size();
        const auto [last, fault] = std::from_chars(name.data() + 5, end, index);
        if (fault != std::errc() || last != end)
            index = -1;
    }
    if (index < 0)
        throw Error(ErrorKind::Input, "\"" + name + "\" is not a device", "device", "Write auto, cpu or cuda:N.");
    const int count = gpuCount();
    if (index >= count)
        throw Error(ErrorKind::Resource,
            count == 0 ? "there is no GPU that Clipscope can use"
                       : "there are only " + std::to_string(count) + " GPUs, numbered from 0",
            "device " + name,
            count == 0 ? "Use cpu or auto, or install the CUDA half of LibTorch and an NVIDIA driver."
                       : "Use cuda:0 to cuda:" + std::to_string(count - 1) + ", cpu or auto.");
    return {at::kCUDA, at::DeviceIndex(index)};
}

std::string deviceName(at::Device device)
{
    return device.str();
}

Error translated(const c10::Error& error, const std::string& subject)
{
    std::string what = error.what_without_backtrace();
    what = what.substr(0, what.find('\n'));
    if (dynamic_cast<const c10::OutOfMemoryError*>(&error) || what.find("allocate memory") != std::string::npos
        || what.find("not enough memory") != std::string::npos)
        return {ErrorKind::Resource, "the memory does not suffice for the model", subject,
            "Close other programs, choose a smaller model, or use the cpu."};
    return {ErrorKind::Internal, "the computation failed: " + what, subject};
}

} // namespace clipscope
