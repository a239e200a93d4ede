// SPDX-License-Identifier: GPL-3.0-or-later
// Qt's libraries are not built with ThreadSanitizer, which therefore sees none of their locks: whatever one thread
// hands to another through Qt looks like a race. The functions below stand before Qt's own of the same name and tell of
// each hand-over by itself. For the tsan preset alone, and compiled without the sanitizer.
#include <QMetaObject>
#include <QThreadPool>

#include <dlfcn.h>
#include <functional>
#include <memory>

extern "C" void __tsan_acquire(void* address);
extern "C" void __tsan_release(void* address);

namespace {

/// Qt's own function.
template <class Function> Function* behind(const char* name)
{
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

} // namespace

void QThreadPool::start(std::function<void()> work, int priority)
{
    static const auto original =
        behind<void(QThreadPool*, std::function<void()>, int)>("_ZN11QThreadPool5startESt8functionIFvvEEi");
    // Two pointers: std::function keeps them in itself, and nothing is made here that the worker would free
    // unannounced.
    auto* task = new std::function<void()>(std::move(work));
    __tsan_release(task);
    original(
        this,
        [this, task] {
            __tsan_acquire(task);
            (*task)();
            delete task;
            __tsan_release(this);
        },
        priority);
}

bool QThreadPool::waitForDone(int msecs)
{
    static const auto original = behind<bool(QThreadPool*, int)>("_ZN11QThreadPool11waitForDoneEi");
    const bool done = original(this, msecs);
    __tsan_acquire(this);
    return done;
}

bool QMetaObject::invokeMethodImpl(
    QObject* object, QtPrivate::QSlotObjectBase* slot, Qt::ConnectionType type, void* result)
{
    static const auto original = behind<bool(QObject*, QtPrivate::QSlotObjectBase*, Qt::ConnectionType, void*)>(
        "_ZN11QMetaObject16invokeMethodImplEP7QObjectPN9QtPrivate15QSlotObjectBaseEN2Qt14ConnectionTypeEPv");
    if (type != Qt::QueuedConnection)
        return original(object, slot, type, result);
    const std::shared_ptr<QtPrivate::QSlotObjectBase> told(slot, [](QtPrivate::QSlotObjectBase* last) {
        __tsan_acquire(last);
        last->destroyIfLastRef();
    });
    const auto call = [told, object] {
        __tsan_acquire(told.get());
        void* arguments[] = {nullptr};
        told->call(object, arguments);
    };
    using Call = QtPrivate::QFunctorSlotObject<std::decay_t<decltype(call)>, 0, QtPrivate::List<>, void>;
    auto* telling = new Call(call);
    __tsan_release(slot);
    return original(object, telling, type, nullptr);
}
