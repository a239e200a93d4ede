// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <utility>

namespace clipscope {

/// Opens the library core_late, whose start tells every LateFunction where its code stands. Once is enough; any thread.
/// Throws Error(Resource) when it cannot be opened.
void openLateLibrary();

/// A function whose code needs LibTorch, FAISS or OpenCV. These take a third of a second to open, from a cold disk more
/// than one; so its code stands in a library of its own, core_late, that is opened at the first call: a window is there
/// before. Called like any other function, from any thread. Each is declared where its contract stands, and is an object
/// of core (late_functions.cpp of its room).
template <class Signature> class LateFunction;

template <class Result, class... Arguments> class LateFunction<Result(Arguments...)> {
public:
    using Code = Result (*)(Arguments...);

    Result operator()(Arguments... arguments) const
    {
        Code code = m_code.load(std::memory_order_acquire);
        if (!code) {
            openLateLibrary();
            code = m_code.load(std::memory_order_acquire);
        }
        return code(std::forward<Arguments>(arguments)...);
    }

private:
    template <class> friend class LateCode;
    std::atomic<Code> m_code{nullptr};
};

/// At namespace scope of a file of core_late: gives a LateFunction its code.
///     const LateCode kTrainClip(trainClip, train);
template <class Signature> class LateCode {
public:
    LateCode(LateFunction<Signature>& function, Signature* code)
    {
        function.m_code.store(code, std::memory_order_release);
    }
};

} // namespace clipscope
